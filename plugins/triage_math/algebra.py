"""Equations with unknowns: identities, equations nothing satisfies, and those that do not fit."""

import math
from typing import Final

from triage.records import ClaimVerdict
from triage_math import (
    arithmetic,
    derivatives,
    functions,
    identity,
    inequalities,
    latex,
    rewriting,
    solutions,
    systems,
    transform,
)
from triage_math.findings import Finding
from triage_math.nodes import Mode, walk
from triage_math.state import Equation
from triage_math.statement import Statement

_CLOSING: Final = f" .,;:\n$*{latex.DISPLAY_END}{latex.MATH_OFF}{latex.ROW}"
_LOGS: Final = (Mode(), Mode(log=math.e), Mode(log=2.0))


def check(said: Statement) -> Finding | None:
    """Checks one equation with names in it, and remembers it."""
    if said.relation.sign in arithmetic.ORDER:
        return inequalities.check(said)
    if said.relation.sign not in {"=", "≈"}:
        return None
    if said.left.node.name.endswith("'"):
        return derivatives.check(said)
    if said.has("call"):
        return functions.check(said)
    if not said.names or said.cut or said.owned:
        return None
    alone = _alone(said)
    if alone is not None:
        return alone
    beside = transform.check(said) or rewriting.check(said)
    if beside is not None and beside.verdict is ClaimVerdict.CONFLICT:
        _remember(said)
        return beside
    conflict = None
    if len(said.names) == 1:
        (name,) = said.names
        value = solutions.solved(said.left.node, said.right.node, name)
        if value is not None and solutions.is_trial(said, name):
            said.state.tried[name] = said.state.step
        elif said.state.tried.get(name) == said.state.step:
            return beside  # its value is on trial in this step
        else:
            conflict = solutions.check(said, name, value) or systems.check(said, name, value)
    _remember(said)
    return conflict or beside


def _remember(said: Statement) -> None:
    end = said.sentence.tokens[said.right.end - 1].end
    last = not said.sentence.plain[end:].strip(_CLOSING)
    said.state.remember(
        Equation(said.left.node, said.right.node, said.state.step, said.names, end, last)
    )


def _alone(said: Statement) -> Finding | None:
    """An identity, or an equation that no value or only zero satisfies."""
    left, right = said.left, said.right
    ours, theirs = left.names, right.names
    if not ours or not theirs or "v" in (left.node.op, right.node.op):
        return None
    modes = _LOGS if "log" in left.open_to | right.open_to else _LOGS[:1]
    difference = identity.best(said.nodes(left), said.nodes(right), modes)
    if difference.equal:
        return Finding("identity", ClaimVerdict.SUPPORTED, said.span)
    imaginary = "i" in ours | theirs
    if difference.equal is None or said.doubtful or imaginary:
        return None
    if difference.constant:
        return _refuted(said, "no-solution", "the sides differ by a constant")
    if said.has_decimals or said.relation.sign == "≈":
        return None
    absolute = any(n.name == "abs" for s in (left, right) for n in walk(s.node))
    if difference.degree == 1 and not absolute:
        return _refuted(said, "zero-only", "only zero satisfies the equation")
    if ours == theirs and said.relation.chained and not _constrained(said, ours):
        return _refuted(said, "identity", "the sides differ at random points")
    return None


def simplified(said: Statement) -> Finding | None:
    """A calculator mark with names in it states that its right side is its left side."""
    if said.relation.sign != "=" or not said.names or said.doubtful:
        return None
    if said.left.names != said.right.names:
        return None
    difference = identity.best(said.nodes(said.left), said.nodes(said.right), _LOGS[:1])
    if difference.equal:
        return Finding("identity", ClaimVerdict.SUPPORTED, said.span)
    if difference.equal is None or (said.has_decimals and difference.degree != 1):
        return None
    return _refuted(said, "identity", "the sides differ at random points")


def _refuted(said: Statement, kind: str, note: str) -> Finding:
    finding = Finding(kind, ClaimVerdict.REFUTED, said.span, note=note)
    return finding.seen(identity.witness(said.left.node, said.right.node))


def _constrained(said: Statement, names: frozenset[str]) -> bool:
    """Whether an earlier equation ties the names, so that a chain may hold without being one."""
    return any(
        known.names & names and "v" not in (known.left.op, known.right.op)
        for known in said.state.equations
    )
