"""Linear systems in two unknowns: a value stated must be the one the trace's equations give."""

import re
from fractions import Fraction
from typing import Final, NamedTuple

from triage.records import ClaimVerdict
from triage_math.compare import same
from triage_math.findings import Finding, shown
from triage_math.nodes import CannotEvaluate, Node, Number, evaluate, is_literal, numbers
from triage_math.polynomial import add, multiply, ratio
from triage_math.sentence import denies
from triage_math.state import Equation, State
from triage_math.statement import Statement

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


class Row(NamedTuple):
    """`a x + b y = c`."""

    a: Fraction
    b: Fraction
    c: Fraction


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
    first, second = sorted(names)
    point = solution(known, first, second)
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


def solution(known: list[Equation], x: str, y: str) -> tuple[Fraction, Fraction] | None:
    """The one point that satisfies all equations; None unless all are linear and it exists."""
    if not 2 <= len(known) <= MAX_EQUATIONS:
        return None
    rows = [_row(e, x, y) for e in known]
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


def _row(known: Equation, x: str, y: str) -> Row | None:
    """The equation as a row: by its polynomials in x for y = 0, 1 and 2."""
    if any(n.places for side in (known.left, known.right) for n in numbers(side)):
        return None
    lines: list[tuple[Fraction, Fraction]] = []
    for value in (0, 1, 2):
        try:
            env: dict[str, Number] = {y: value}
            (a, b), (c, d) = (ratio(side, x, env) for side in (known.left, known.right))
        except CannotEvaluate:
            return None
        if len(b) != 1 or len(d) != 1:
            return None
        poly = add(multiply(a, [1 / Fraction(b[0])]), multiply(c, [1 / Fraction(d[0])]), -1)
        if len(poly) > 2:
            return None
        padded = [*map(Fraction, poly), Fraction(0), Fraction(0)]
        lines.append((padded[0], padded[1]))
    (p, a0), (q, a1), (r, a2) = lines
    if not a0 == a1 == a2 or r - q != q - p:
        return None
    return Row(a0, q - p, -p)


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
        if any(held) and not all(held) and solution(known, match["x"], match["y"]) is None:
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
