"""Equations in several unknowns as polynomials, and whether some of them contradict another."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from triage_math.parsing.nodes import CONSTANTS, CannotEvaluate, Node
from triage_math.polynomials.polynomial import quotient

Monomial = tuple[tuple[str, int], ...]
Terms = dict[Monomial, int | Fraction]
"""Coefficients by monomial; the empty monomial is the constant term."""
_CONSTANT: Final[Monomial] = ()
_ONE: Final[Terms] = {_CONSTANT: 1}
MAX_TERMS: Final = 80
MAX_DEGREE: Final = 8
MAX_BITS: Final = 400


def _added(a: Terms, b: Terms, factor: int | Fraction) -> Terms:
    out = dict(a)
    for monomial, value in b.items():
        total = out.get(monomial, 0) + factor * value
        if total:
            out[monomial] = total
        else:
            out.pop(monomial, None)
    return out


def _times(a: Terms, b: Terms) -> Terms:
    if a is _ONE:
        return b
    if b is _ONE:
        return a
    if len(a) * len(b) > MAX_TERMS:
        raise CannotEvaluate
    out: Terms = {}
    for left, x in a.items():
        for right, y in b.items():
            powers = dict(left)
            for name, power in right:
                powers[name] = powers.get(name, 0) + power
            if sum(powers.values()) > MAX_DEGREE:
                raise CannotEvaluate
            monomial = tuple(sorted(powers.items()))
            out[monomial] = out.get(monomial, 0) + x * y
    return {monomial: value for monomial, value in out.items() if value}


def _ratio(node: Node) -> tuple[Terms, Terms]:
    """Numerator and denominator of a rational expression with exact coefficients."""
    op = node.op
    if op == "n" and not node.places:
        return ({_CONSTANT: node.value} if node.value else {}), _ONE
    if op == "v" and node.name.isalpha() and node.name not in CONSTANTS:
        return {((node.name, 1),): 1}, _ONE
    if op == "neg":
        top, bottom = _ratio(node.args[0])
        return _added({}, top, -1), bottom
    if op in ("+", "-"):
        (a, b), (c, d) = (_ratio(x) for x in node.args)
        sign = 1 if op == "+" else -1
        if b == d:
            return _added(a, c, sign), b
        return _added(_times(a, d), _times(c, b), sign), _times(b, d)
    if op in ("*", "/"):
        (a, b), (c, d) = (_ratio(x) for x in node.args)
        if op == "/":
            c, d = d, c
        if not d:
            raise CannotEvaluate
        return _times(a, c), _times(b, d)
    if op == "^" and node.args[1].op == "n" and node.args[1].value in range(1, MAX_DEGREE + 1):
        top, bottom = _ratio(node.args[0])
        over, under = _ONE, _ONE
        for _ in range(int(node.args[1].value)):
            over, under = _times(over, top), _times(under, bottom)
        return over, under
    raise CannotEvaluate


def terms(left: Node, right: Node) -> Terms:
    """The polynomial that is zero where `left = right`, its denominators cleared.

    Raises:
        CannotEvaluate: It is no rational equation with exact coefficients, or too large.
    """
    (a, b), (c, d) = _ratio(left), _ratio(right)
    if b == d:
        return _added(a, c, -1)
    return _added(_times(a, d), _times(c, b), -1)


def names(of: Terms) -> frozenset[str]:
    """The unknowns in a polynomial."""
    return frozenset([name for monomial in of for name, _ in monomial])


def gap(claim: Terms, known: Iterable[Terms]) -> int | Fraction | None:
    """What a combination of known equations says that the claimed polynomial is, instead of zero.

    Each equation is taken as linear in its monomials, and eliminated in turn. None unless the
    combination is the claim but for its constant term; also where the known ones contradict each
    other.
    """
    known = [one for one in known if one]
    if not all(any(m in one for one in known) for m in claim if m):
        return None  # a monomial that no other cancels
    rows: list[tuple[Monomial, Terms]] = []
    for equation in known:
        rest = _reduced(equation, rows)
        pivot = next((m for m in rest if m), None)
        if pivot is not None:
            rows.append((pivot, rest))
        elif rest:
            return None
    rest = _reduced(claim, rows)
    return rest.get(_CONSTANT) if len(rest) == 1 and any(claim) else None


def _reduced(row: Terms, rows: list[tuple[Monomial, Terms]]) -> Terms:
    for pivot, other in rows:
        value = row.get(pivot)
        if value:
            row = _added(row, other, -quotient(value, other[pivot]))
            if any(c.denominator.bit_length() > MAX_BITS for c in row.values()):
                raise CannotEvaluate
    return row


def follows(claim: Terms, known: Terms) -> bool:
    """Whether one known equation is the claimed one, times a number."""
    pivot = next((m for m in known if m), None)
    return pivot is not None and not _reduced(claim, [(pivot, known)])
