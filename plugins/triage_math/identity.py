"""Tests whether two expressions agree for all values of their names, at random points."""

import random
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Final, NamedTuple

from triage_math.compare import same
from triage_math.findings import shown
from triage_math.nodes import CannotEvaluate, Mode, Node, Number, evaluate, variables

POINTS: Final = 3
_TRIES: Final = 9


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


def _points(names: Iterable[str], seed: int) -> dict[str, Number]:
    generator = random.Random(seed)  # noqa: S311 - reproducible test points, no secrets
    return {n: generator.randint(3, 60) for n in names}


def compare(left: Node, right: Node, mode: Mode = Mode()) -> Difference:  # noqa: B008 - immutable
    """Compares two trees at reproducible random points; rationals exactly."""
    names = sorted(variables(left) | variables(right))
    gaps: list[Number] = []
    doubled: list[Number] = []
    agree = 0
    for seed in range(_TRIES):
        env = _points(names, seed)
        try:
            a, b = evaluate(left, env, mode), evaluate(right, env, mode)
            gap = a - b
        except (CannotEvaluate, OverflowError):
            continue
        if same(a, b):
            agree += 1
        gaps.append(gap)
        if len(names) == 1:
            twice = {names[0]: 2 * env[names[0]]}
            try:
                doubled.append(evaluate(left, twice, mode) - evaluate(right, twice, mode))
            except (CannotEvaluate, OverflowError):
                doubled.append(gap)
        if len(gaps) == POINTS:
            break
    if len(gaps) < POINTS:
        return Difference(None)
    if agree:
        return Difference(True if agree == POINTS else None)
    if all(same(g, gaps[0]) for g in gaps):
        return Difference(equal=False, constant=True)
    degree = 0
    for k in (1, 2, 3):
        if len(doubled) == POINTS and all(
            same(d, 2**k * g) for d, g in zip(doubled, gaps, strict=True)
        ):
            degree = k
    return Difference(equal=False, degree=degree)


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
