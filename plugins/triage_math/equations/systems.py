"""Linear systems in two unknowns: a value stated must be the one the trace's equations give."""

import re
from fractions import Fraction
from typing import Final

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.sentence import denies
from triage_math.claims.state import Equation, State
from triage_math.claims.statement import Statement
from triage_math.comparing.compare import same
from triage_math.parsing.nodes import CannotEvaluate, Node, Number, evaluate, is_literal, numbers

HINTS: Final = (") = (", ")=(")
MAX_EQUATIONS: Final = 12
_SOLVES: Final = re.compile(
    r"\b(?:solv\w*|solution|system|simultaneous\w*|eliminat\w*|substitut\w*|subtract\w*|add\w*|"
    r"divid\w*|find|found|get|gives?|yields?|obtain)\b"
)
_NUMBER: Final = r"-?\d{1,9}(?:/\d{1,9})?"
_PAIR: Final = re.compile(
    r"\( ?(?P<x>[a-z]), ?(?P<y>[a-z]) ?\) ?= ?\( ?"
    rf"(?P<a>{_NUMBER}), ?(?P<b>{_NUMBER}) ?\)(?! ?[-+*/^(])"
)
_TRIED: Final = re.compile(
    r"\b(?:if|let|when|try\w*|tried|test\w*|check\w*|points?|at|for|guess\w*|case|vertex|origin|"
    r"where|example|say|start\w*|initial\w*|interval|gcd)\b[^.\n]*$",
    re.IGNORECASE,
)


def check(said: Statement, name: str, value: Node | None) -> Finding | None:
    """Compares a value of one unknown with the solution of the equations of it and another."""
    if value is None or said.doubtful or said.has_decimals or said.relation.sign != "=":
        return None
    if not is_literal(value) and not (value.op == "/" and all(is_literal(a) for a in value.args)):
        return None
    pairs = {e.names for e in said.state.equations if len(e.names) == 2 and name in e.names}
    if len(pairs) != 1 or not _SOLVES.search(said.sentence.low):
        return None
    (names,) = pairs
    known = [e for e in said.state.equations if e.names == names]
    first = min(names)
    point = solution(known)
    stated = said.values(said.right if value is said.right.node else said.left)
    if point is None or not stated:
        return None
    expected = point[0] if name == first else point[1]
    true = any(same(v, expected) for v in stated)
    return Finding(
        "system",
        ClaimVerdict.SUPPORTED if true else ClaimVerdict.CONFLICT,
        said.span,
        expected=f"{name} = {shown(expected)}",
        found=f"{name} = {shown(stated[0])}",
        rests_on=tuple(sorted({e.step for e in known if 0 <= e.step < said.state.step})),
        note="does not solve the system stated before",
    )


def solution(known: list[Equation]) -> tuple[Fraction, Fraction] | None:
    """The one point that satisfies all equations; None unless all are linear and it exists.

    Its first value is that of the name that comes first in the alphabet.
    """
    if not 2 <= len(known) <= MAX_EQUATIONS:
        return None
    rows = [e.row for e in known]
    linear = [r for r in rows if r is not None]
    if len(linear) < len(rows):
        return None
    p = linear[0]
    q = next((r for r in linear[1:] if p.a * r.b != r.a * p.b), None)
    if q is None:
        return None
    det = p.a * q.b - q.a * p.b
    point = (p.c * q.b - q.c * p.b) / det, (p.a * q.c - q.a * p.c) / det
    return point if all(r.a * point[0] + r.b * point[1] == r.c for r in linear) else None


def check_pair(text: str, plain: str, state: State) -> list[Finding]:  # noqa: ARG001 - one form
    """Checks `(x, y) = (3, 4)` against the equations of x and y."""
    found: list[Finding] = []
    for match in _PAIR.finditer(plain):
        names = frozenset((match["x"], match["y"]))
        before = plain[max(0, match.start() - 100) : match.start()]
        known = [e for e in state.equations if e.names == names][-MAX_EQUATIONS:]
        if len(names) < 2 or not known or _TRIED.search(before) or denies(before):
            continue
        if any(n.places for e in known for side in (e.left, e.right) for n in numbers(side)):
            continue
        try:
            point: dict[str, Number] = {
                match["x"]: Fraction(match["a"]),
                match["y"]: Fraction(match["b"]),
            }
            held = [same(evaluate(e.left, point), evaluate(e.right, point)) for e in known]
        except (CannotEvaluate, ZeroDivisionError):
            continue
        if any(held) and not all(held) and solution(known) is None:
            continue  # other equations of the same names may speak of something else
        found.append(
            Finding(
                "system",
                ClaimVerdict.SUPPORTED if all(held) else ClaimVerdict.CONFLICT,
                match.span(),
                found=f"{match['x']} = {match['a']}, {match['y']} = {match['b']}",
                rests_on=tuple(sorted({e.step for e in known if 0 <= e.step < state.step})),
                note=None if all(held) else "does not solve the equations stated before",
            )
        )
    return found
