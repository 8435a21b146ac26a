"""Linear inequalities in one unknown: each must say the same as the one it is worked out from."""

import re
from fractions import Fraction
from typing import Final, NamedTuple

from triage.records import ClaimVerdict
from triage_math.claims.findings import Finding, shown
from triage_math.claims.state import Equation
from triage_math.claims.statement import Statement
from triage_math.parsing.nodes import CannotEvaluate, Node, numbers
from triage_math.polynomials.polynomial import add, multiply, ratio

_DIRECTION: Final = {"<": -1, "≤": -1, ">": 1, "≥": 1}
_FLIPPED: Final = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}
_WORDS: Final = frozenset(
    ("so", "thus", "therefore", "then", "which", "simplifies", "simplify", "simplifying", "to",
     "gives", "give", "giving", "we", "get", "have", "hence", "this", "means", "that", "is", "us",
     "the", "inequality", "divide", "dividing", "both", "sides", "by", "from", "each", "side",
     "subtract", "subtracting", "add", "adding", "multiply", "multiplying", "solve", "solving",
     "for", "x", "y", "n", "implies", "yields", "obtain", "now", "negative")
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z]+")
_WORKS: Final = re.compile(r"(?i:divid|subtract|add|multipl|solv|simplif|implies)|⇒")
MAX_GAP: Final = 120


class Half(NamedTuple):
    """A half-line: the unknown stands in `sign` to `edge`."""

    sign: str
    edge: Fraction


def check(said: Statement) -> Finding | None:
    """Compares an inequality with the one right before it, and remembers it."""
    if len(said.names) != 1 or said.cut or said.owned or said.has_decimals:
        return None
    (name,) = said.names
    left, right, sign = said.left.node, said.right.node, said.relation.sign
    ours = half(left, right, sign, name)
    before = said.state.inequality
    end = said.sentence.tokens[said.right.end - 1].end
    now = Equation(left, right, said.state.step, said.names, end, last=True)
    said.state.inequality = None if said.relation.chained or said.doubtful else (sign, now)
    if before is None or said.relation.chained or said.doubtful or ours is None:
        return None
    sign_before, known = before
    gap = _gap(known, said)
    if known.names != said.names or gap is None:
        return None
    theirs = half(known.left, known.right, sign_before, name)
    simpler = _numbers(left) + _numbers(right) < _numbers(known.left) + _numbers(known.right)
    if theirs is None or not simpler:
        return None
    if theirs.sign[0] == ours.sign[0] and abs(theirs.edge - ours.edge) <= 1:
        if theirs != ours:
            return None  # perhaps tightened to whole numbers
        return Finding("inequality-step", ClaimVerdict.SUPPORTED, said.span)
    if theirs.sign[0] != ours.sign[0] and _DIRECTION[theirs.sign] == _DIRECTION[ours.sign]:
        return None
    if _DIRECTION[theirs.sign] != _DIRECTION[ours.sign] and theirs.edge != ours.edge:
        return None  # perhaps the other end of an interval
    if theirs.edge != ours.edge and _WORKS.search(gap) is None:
        return None  # perhaps another condition
    return Finding(
        "inequality-step",
        ClaimVerdict.CONFLICT,
        said.span,
        expected=f"{name} {theirs.sign} {shown(theirs.edge)}",
        found=f"{name} {ours.sign} {shown(ours.edge)}",
        rests_on=(known.step,) if 0 <= known.step < said.state.step else (),
        note="does not say the same as the inequality before it",
    )


def half(left: Node, right: Node, sign: str, name: str) -> Half | None:
    """The solutions of a linear inequality; None if it is no linear one."""
    try:
        (a, b), (c, d) = ratio(left, name, {}), ratio(right, name, {})
        if len(b) != 1 or len(d) != 1:
            return None
        poly = add(multiply(a, [1 / Fraction(b[0])]), multiply(c, [1 / Fraction(d[0])]), -1)
    except CannotEvaluate:
        return None
    if len(poly) != 2:
        return None
    return Half(sign if poly[1] > 0 else _FLIPPED[sign], -Fraction(poly[0]) / poly[1])


def _numbers(node: Node) -> int:
    return len(numbers(node))


def _gap(known: Equation, said: Statement) -> str | None:
    """The words between the two; None unless they are only words of working out."""
    begin = said.span[0]
    if known.step == said.state.step:
        gap = said.sentence.plain[known.end : begin]
    elif known.step == said.state.step - 1:
        gap = said.sentence.plain[:begin]
    else:
        return None
    working = len(gap) <= MAX_GAP and all(w.lower() in _WORDS for w in _WORD.findall(gap))
    return gap if working else None
