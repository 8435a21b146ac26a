"""Equations with unknowns: identities, equations nothing satisfies, and those that do not fit."""

import math
import re
from typing import Final

from triage.records import ClaimVerdict
from triage_math.analysis import derivatives
from triage_math.claims.findings import Finding
from triage_math.claims.state import Equation
from triage_math.claims.statement import Statement
from triage_math.comparing import identity
from triage_math.equations import (
    derivation,
    functions,
    inequalities,
    rewriting,
    solutions,
    systems,
    transform,
)
from triage_math.notation import latex
from triage_math.numbers import arithmetic
from triage_math.parsing.nodes import Mode, walk

_CLOSING: Final = f" .,;:\n$*{latex.DISPLAY_END}{latex.MATH_OFF}{latex.ROW}"
_REWRITES: Final = re.compile(
    r"\b(?:expand|distribut|like terms|cancel|common denominator|identity|"
    r"simplif\w* (?:the |this |that |our )?expression)",
    re.IGNORECASE,
)
"""Words that speak of writing one expression in another way."""
_SETS_UP: Final = re.compile(
    r"\b(?:equation|equal|set|solv|root|substitut|plug|replac|let|if|when|where|given|since|inequal|"
    r"function|constraint|condition)",
    re.IGNORECASE,
)
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
    name = min(said.names) if len(said.names) == 1 else ""
    value = solutions.solved(said.left.node, said.right.node, name) if name else None
    now = _equation(said, value=value is not None)
    beside = transform.check(said) or rewriting.check(said)
    if beside is not None and beside.verdict is ClaimVerdict.CONFLICT:
        said.state.remember(now)
        return beside
    conflict = None
    if name:
        if value is not None and solutions.is_trial(said, name):
            said.state.tried[name] = said.state.step
        elif said.state.tried.get(name) == said.state.step:
            return beside  # its value is on trial in this step
        else:
            conflict = solutions.check(said, now, name, value) or systems.check(said, name, value)
    if conflict is None:
        conflict = derivation.check(said, now)
    said.state.remember(now)
    return conflict or beside


def _equation(said: Statement, *, value: bool) -> Equation:
    end = said.sentence.tokens[said.right.end - 1].end
    last = not said.sentence.plain[end:].strip(_CLOSING)
    return Equation(said.left.node, said.right.node, said.state.step, said.names, end, last, value)


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
    if ours != theirs:
        return None
    if _constrained(said, ours):
        return None
    if said.relation.chained:
        return _refuted(said, "identity", "the sides differ at random points")
    if _rewrites(said):
        return _refuted(said, "expansion", "the expanded form is another expression")
    return None


def _rewrites(said: Statement) -> bool:
    """Whether the words say that an expression is only written in another way."""
    words = said.sentence.lead(said.relation) + said.sentence.before(said.relation)
    if _REWRITES.search(words) is None or _SETS_UP.search(words) is not None:
        return False
    return not any(n.name == "log" for s in (said.left, said.right) for n in walk(s.node))


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
