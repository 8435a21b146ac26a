"""Exact arithmetic and exact tails: nothing here approximates, and nothing here draws."""

import math
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaln

Floats = NDArray[np.float64]

_CLOSE = 1e-7
"""A tail this near to a level, in its parts, is compared in whole numbers."""


def exact_share(share: float) -> Fraction:
    """The decimal number a person wrote, free of binary rounding (0.69, not 0.68999...)."""
    return Fraction(repr(float(share)))


def floor_of(*factors: float) -> int:
    """The floor of a product of decimal numbers, e.g. the error budget `alpha * share * items`."""
    return math.floor(math.prod((exact_share(factor) for factor in factors), start=Fraction(1)))


def ceil_of(*factors: float) -> int:
    """The ceiling of a product of decimal numbers, e.g. the length of a zone."""
    return math.ceil(math.prod((exact_share(factor) for factor in factors), start=Fraction(1)))


def percent_above(share: float) -> str:
    """A share in per cent for people, never smaller than it is: a promise is not rounded down.

    Two decimals, or as many more as two digits that count take; closing zeros are left out.
    """
    value = Decimal(repr(float(share))) * 100
    if not value:
        return "0%"
    places = max(2, 1 - value.adjusted())
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)
    return f"{rounded.normalize():f}%"


def hypergeometric_tail(population: int, marked: int, drawn: int, at_most: int) -> float:
    """P[X <= at_most], X the marked items among `drawn` taken without replacement.

    Args:
        population: Items in all.
        marked: Marked items among them.
        drawn: Size of the simple random sample.
        at_most: Upper end of the tail, itself included.

    Returns:
        The probability, exact up to floating point (about 1e-10 relative).
    """
    low, high = max(0, drawn + marked - population), min(marked, drawn)
    if at_most >= high:
        return 1.0
    if at_most < low:
        return 0.0
    hits = np.arange(low, at_most + 1, dtype=float)
    logs = (
        _log_choose(marked, hits)
        + _log_choose(population - marked, drawn - hits)
        - _log_choose(population, np.asarray(float(drawn)))
    )
    return float(min(1.0, np.exp(logs).sum()))


def tail_exceeds(population: int, marked: int, drawn: int, at_most: int, level: float) -> bool:
    """Whether P[X <= at_most] is more than `level`, the same on every machine.

    Where floating point can't tell, whole numbers do: a tail may be the level itself.
    """
    tail = hypergeometric_tail(population, marked, drawn, at_most)
    if abs(tail - level) > _CLOSE * level:
        return tail > level
    ways = sum(
        math.comb(marked, hits) * math.comb(population - marked, drawn - hits)
        for hits in range(max(0, drawn + marked - population), min(at_most, marked, drawn) + 1)
    )
    return ways > exact_share(level) * math.comb(population, drawn)


def binomial_tail(trials: int, share: float, at_most: int) -> float:
    """P[X <= at_most] for X ~ Binomial(trials, share)."""
    if at_most >= trials:
        return 1.0
    if at_most < 0:
        return 0.0
    return float(betainc(trials - at_most, at_most + 1, 1.0 - share))


def _log_choose(of: int, take: Floats) -> Floats:
    return gammaln(of + 1.0) - gammaln(take + 1.0) - gammaln(of - take + 1.0)
