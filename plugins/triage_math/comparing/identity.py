"""Tests whether two expressions agree for all values of their names, at scattered points."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from triage_math.claims.findings import shown
from triage_math.comparing.compare import same
from triage_math.parsing.nodes import CannotEvaluate, Mode, Node, Number, evaluate, variables

POINTS: Final = 3
_TRIES: Final = 9
NOISE: Final = 1e-12
"""A difference of floats below this is that of a sine at a multiple of π."""


class Difference(NamedTuple):
    """How two expressions differ.

    Attributes:
        equal: Whether they agree at every point tried; None where too few had a value.
        constant: Whether they differ by the same amount everywhere.
        degree: k if the difference is c times the k-th power of the one name, else 0.
    """

    equal: bool | None
    constant: bool = False
    degree: int = 0


@lru_cache(maxsize=1024)
def _points(names: tuple[str, ...], seed: int) -> Mapping[str, Number]:
    """Scattered whole numbers from 3 to 60, the same in every run."""
    span, least = (58, 3) if seed < _TRIES - POINTS else (5, 1)  # small ones for towers of powers
    return {
        name: least + (7919 * (seed + 1) * (i + 3) + 104_729 * (i + 1)) % span
        for i, name in enumerate(names)
    }


def compare(left: Node, right: Node, mode: Mode = Mode()) -> Difference:  # noqa: B008 - immutable
    """Compares two trees at scattered points; rationals exactly."""
    names = tuple(sorted(variables(left) | variables(right)))
    gaps: list[tuple[int, Number]] = []
    agree = 0
    for seed in range(_TRIES):
        env = _points(names, seed)
        try:
            a, b = evaluate(left, env, mode), evaluate(right, env, mode)
            gaps.append((seed, a - b))
        except (CannotEvaluate, OverflowError):
            continue
        agree += same(a, b) or (isinstance(gaps[-1][1], float) and abs(gaps[-1][1]) < NOISE)
        if len(gaps) == POINTS:
            break
    if len(gaps) < POINTS:
        return Difference(None)
    if agree:
        return Difference(True if agree == POINTS else None)
    if all(same(gap, gaps[0][1]) for _, gap in gaps):
        return Difference(equal=False, constant=True)
    return Difference(equal=False, degree=_degree(left, right, names, gaps, mode))


def _degree(
    left: Node, right: Node, names: tuple[str, ...], gaps: list[tuple[int, Number]], mode: Mode
) -> int:
    """K if doubling the one name makes the difference 2^k as large everywhere, else 0."""
    if len(names) != 1:
        return 0
    degrees = [1, 2, 3]
    for seed, gap in gaps:
        env = {n: 2 * v for n, v in _points(names, seed).items()}
        try:
            twice = evaluate(left, env, mode) - evaluate(right, env, mode)
        except (CannotEvaluate, OverflowError):
            return 0
        degrees = [k for k in degrees if same(twice, 2**k * gap)]
        if not degrees:
            return 0
    return degrees[0]


def best(lefts: list[Node], rights: list[Node], modes: Sequence[Mode]) -> Difference:
    """The most favourable difference over all readings."""
    outcomes: list[Difference] = []
    for a, b, mode in product(lefts, rights, modes):
        outcome = compare(a, b, mode)
        if outcome.equal:
            return outcome
        outcomes.append(outcome)
    unsure = [o for o in outcomes if o.equal is None]
    return (unsure or outcomes or [Difference(None)])[0]


def witness(left: Node, right: Node) -> tuple[str, str] | None:
    """Values of the two sides at a simple point where they differ, as people can check them."""
    names = sorted(variables(left) | variables(right))
    for first in (2, 3, 1, 5):
        env: dict[str, Number] = {n: first + i for i, n in enumerate(names)}
        try:
            a, b = evaluate(left, env), evaluate(right, env)
        except CannotEvaluate:
            continue
        if not same(a, b):
            where = ", ".join(f"{n} = {v}" for n, v in env.items())
            return f"{shown(a)} at {where}", f"{shown(b)} at {where}"
    return None
