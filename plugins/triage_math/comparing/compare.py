"""Compares the two sides of a numeric relation under display rounding and unit scales."""

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from triage_math.notation import units
from triage_math.parsing.nodes import (
    CannotEvaluate,
    Node,
    Number,
    evaluate,
    is_literal,
    numbers,
    walk,
)

FLOAT_SLACK: Final = 1e-9
NOISE: Final = 1e-6
"""Relative differences below this are those of a machine's decimals."""
LONG: Final = Fraction(1, 10_000)
"""The last decimal of a number that nobody writes by rounding on the way."""
NEAR: Final = 0.005
"""Relative differences below this may come from constants or rounding the text does not show."""


class Outcome(NamedTuple):
    """What became of a comparison.

    Attributes:
        holds: True, False, or None where neither is certain.
        why: What decided: `equal`, `rounded`, `scaled`, `truncated`, `near`, `differs`, ...
    """

    holds: bool | None
    why: str


def magnitude(value: Number) -> float:
    """The absolute value as a float; infinite where no float holds it."""
    try:
        return abs(complex(value))
    except OverflowError:
        return math.inf


def _difference(left: Number, right: Number) -> float:
    try:
        return magnitude(left - right)
    except OverflowError:
        return math.inf


def same(left: Number, right: Number) -> bool:
    """Equality, exact for rationals and to a few units of the last bit for floats."""
    if isinstance(left, int | Fraction) and isinstance(right, int | Fraction):
        return left == right
    least = 1.0 if isinstance(left, complex) or isinstance(right, complex) else 1e-30
    scale = max(magnitude(left), magnitude(right), least)
    return scale < math.inf and _difference(left, right) <= FLOAT_SLACK * scale


def below(left: Number, right: Number) -> bool:
    """Order of two real numbers; False for complex ones."""
    if isinstance(left, complex) or isinstance(right, complex):
        return False
    return bool(left < right)


def step_of(node: Node) -> Fraction | None:
    """One unit of the last decimal a literal shows; None for anything but a literal."""
    scale = Fraction(1)
    while node.op in ("neg", "%"):
        if node.op == "%":
            scale /= 100
        node = node.args[0]
    if node.op != "n":
        return None
    return scale / Fraction(10) ** node.places


def _trailing(node: Node) -> Fraction:
    """One unit of the last digit that is not a padding zero of a whole number."""
    while node.op == "neg":
        node = node.args[0]
    value, step = Fraction(node.value), Fraction(1)
    if node.op != "n" or node.places or value == 0 or value.denominator != 1:
        return step
    while Fraction(value) % (step * 10) == 0:
        step *= 10
    return step


def spread(
    node: Node,
    env: Mapping[str, Number],
    rounded: frozenset[Fraction] | None,
    exact: frozenset[Fraction] = frozenset(),
) -> float:
    """How far the value can be off if decimals in it are themselves rounded.

    Args:
        node: The expression.
        env: Values of its names.
        rounded: Values known to be rounded; None: every decimal may be.
        exact: Values known to be exact.
    """
    total = 0.0
    decimals = [
        n
        for n in numbers(node)
        if n.value not in exact and (n.places > 0 if rounded is None else n.value in rounded)
    ]
    if not decimals or len(decimals) > 12:
        return 0.0
    base = evaluate(node, env)
    for literal in decimals:
        half = Fraction(1, 2) / Fraction(10) ** literal.places
        moved = _replace(node, literal, literal._replace(value=literal.value + half))
        try:
            total += _difference(evaluate(moved, env), base)
        except CannotEvaluate:
            return float("inf")
    return total


def _replace(node: Node, old: Node, new: Node) -> Node:
    if node is old:
        return new
    if not node.args:
        return node
    return node._replace(args=tuple(_replace(a, old, new) for a in node.args))


def _all_units(node: Node) -> list[str]:
    return [n.unit for n in walk(node) if n.unit]


def scale_factors(left: Node, right: Node) -> set[Fraction]:
    """Factors that the units on the two sides allow between their values."""
    ours, theirs = _all_units(left), _all_units(right)
    found: set[Fraction] = set()
    for a in ours:
        found |= {Fraction(s) for s in units.scales(a)}
        for b in theirs:
            for ratio in units.ratios(a, b):
                found |= {ratio, 1 / ratio}
        for b in ours:
            if a is not b:
                for ratio in units.ratios(a, b):
                    found |= {ratio, 1 / ratio}
    for b in theirs:
        found |= {1 / Fraction(s) for s in units.scales(b)}
    if any(n.op == "%" for n in walk(left)) != any(n.op == "%" for n in walk(right)):
        found |= {Fraction(100), Fraction(1, 100)}
    return found - {Fraction(1)}


def _written_out(values: Iterable[Number], shown: Node) -> bool:
    """Whether a literal shows so many decimals that an exact value would not be rounded in it."""
    step = step_of(shown)
    if step is None or step > LONG:
        return False
    return all(isinstance(v, int | Fraction) and (v / step).denominator == 1 for v in values)


def _prefix_lost(left: Node, right: Node, pairs: list[tuple[Number, Number]]) -> bool:
    """Whether the sides differ by a power of ten that a unit's prefix could carry."""
    ours, theirs = _all_units(left), _all_units(right)
    if not any(units.has_prefix(u) for u in ours + theirs) or (ours and set(ours) == set(theirs)):
        return False
    hundredths = any("c" in u or "^" in u for u in ours + theirs)
    for a, b in pairs:
        if isinstance(a, complex) or isinstance(b, complex) or not a or not b or a * b < 0:
            continue
        share = magnitude(a) / magnitude(b)
        if not 0 < share < math.inf:
            continue
        power = math.log10(share)
        whole = round(power)
        if abs(power - whole) < 0.01 and whole and (whole % 3 == 0 or hundredths):
            return True
    return False


def equal(
    left: Node,
    right: Node,
    lefts: Iterable[Number],
    rights: Iterable[Number],
    *,
    loose: bool,
    rounded: frozenset[Fraction],
    given: frozenset[Fraction] = frozenset(),
) -> Outcome:
    """Compares all readings of two sides.

    Args:
        left: The left side's tree, for its units and decimals.
        right: The right side's tree.
        lefts: Values the left side can have.
        rights: Values the right side can have.
        loose: Whether the text says that the right side is approximate.
        rounded: Values earlier steps rounded.
        given: Values the problem gives: nobody rounded them.
    """
    pairs = [(a, b) for a in lefts for b in rights]
    if not pairs:
        return Outcome(holds=None, why="no value")
    if any(same(a, b) for a, b in pairs):
        return Outcome(holds=True, why="equal")
    factors = scale_factors(left, right)
    if factors and any(
        same(a * f, b) for a, b in pairs for f in factors if not isinstance(a, complex)
    ):
        return Outcome(holds=True, why="scaled")
    pairs += [(a * f, b) for a, b in pairs for f in factors]
    best = min(_difference(a, b) for a, b in pairs)
    shown = max((float(s) for s in (step_of(left), step_of(right)) if s is not None), default=0.0)
    whole = shown == 1
    if shown and not whole and best <= shown * 1.0000001:
        return Outcome(holds=True, why="rounded")
    size = max(min(magnitude(a), magnitude(b)) for a, b in pairs) or 1.0
    if whole and best < 1:
        exact = lefts if is_literal(right) else rights
        inexact = any(not isinstance(v, int) for v in exact)
        irrational = all(isinstance(v, float) for v in exact)
        if irrational and not loose and best > 0.05 and not any(n.places for n in numbers(left)):
            return Outcome(holds=False, why="irrational")
        if inexact and best <= 0.5:
            return Outcome(holds=True if loose else None, why="rounded")
        if inexact:
            return Outcome(holds=loose, why="truncated")
    if _prefix_lost(left, right, pairs):
        return Outcome(holds=None, why="prefix")
    if any(n.name.startswith("arc") for n in (*walk(left), *walk(right))):
        return Outcome(holds=None, why="branch")
    try:
        slack = spread(left, {}, None if loose else rounded, given - rounded)
        slack += spread(right, {}, None if loose else rounded, given - rounded)
    except CannotEvaluate:
        return Outcome(holds=None, why="no value")
    if loose:
        padded = float(max(_trailing(left), _trailing(right))) if whole or not shown else 0.0
        slack = max(padded, slack, NEAR * size)
    if slack and best <= slack + shown:
        return Outcome(holds=True, why="rounded")
    if loose:
        return Outcome(holds=False, why="differs")
    if best > NOISE * size and (_written_out(lefts, right) or _written_out(rights, left)):
        return Outcome(holds=False, why="differs")
    has_decimals = any(n.places for n in numbers(left)) or any(n.places for n in numbers(right))
    if (has_decimals or isinstance(pairs[0][0], float) or isinstance(pairs[0][1], float)) and (
        best <= NEAR * size
    ):
        return Outcome(holds=None, why="near")
    return Outcome(holds=False, why="differs")
