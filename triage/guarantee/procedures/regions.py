"""Which outcomes of a two-zone sample rule out that as many wrong steps are there.

For a total of `t` wrong steps in the two zones, an outcome (x1 found in the safe zone, x2 in the
risky one) is in the region A(t) if x2 <= most[x1]. A(t) is made as large as its exact chance
allows: P[(X1, X2) in A(t)] <= delta however the `t` wrong steps are split over the zones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FINENESS = 64
"""Steps of the critical value to a unit: the region is the largest on this grid that is valid."""
_CLOSE = 1e-9
"""Part of delta that is left unspent, more than the sums below are off by."""
MOST_REFINED = 24
"""Regions with more columns than this are fine enough as they are."""
FINE, COARSE = 256, 8
"""Neighbouring totals are that part of their size apart, where thresholds lie and below."""


@dataclass(frozen=True)
class Zone:
    """A run of neighbouring ranks with a simple random sample from it."""

    steps: int
    labels: int

    @property
    def rate(self) -> float:
        """Share of the steps that are sampled."""
        return self.labels / self.steps


@dataclass(frozen=True)
class Regions:
    """The regions A(t) of a grid of totals, smallest total first.

    Attributes:
        totals: The totals t (G).
        most: Largest x2 in A(t) by total and x1 (G, X); -1 where no x2 is.
    """

    totals: Ints
    most: Ints

    def bound(self, safe_found: int, risky_found: int) -> int | None:
        """Upper confidence bound on the wrong steps in both zones; None above the grid."""
        if safe_found >= self.most.shape[1]:
            return None
        outside = np.flatnonzero(self.most[:, safe_found] < risky_found)
        first = int(outside[-1]) + 1 if outside.size else 0
        return int(self.totals[first]) - 1 if first < len(self.totals) else None


def acceptance_regions(
    safe: Zone, risky: Zone, delta: float, largest: int, *, smallest: int = 1
) -> Regions:
    """Table the regions for totals up to `largest`, finely from `smallest` on.

    The region is {score(x1, x2) <= t}, the score an upper bound of Wilson's form on the total
    x1 / rate1 + x2 / rate2 with the critical value chosen, for each t, by the exact chance.
    """
    # a chance that is delta itself must fall on one side on every machine, and on the safe one
    delta *= 1.0 - _CLOSE
    largest = min(largest, safe.steps + risky.steps)
    totals = _grid(min(smallest, largest), largest)
    wide, deep = int(largest * safe.rate) + 1, int(largest * risky.rate) + 1
    chances = hypergeometric_table(safe.steps, safe.labels, min(largest, safe.steps), wide)
    tails = hypergeometric_table(risky.steps, risky.labels, min(largest, risky.steps), deep)
    tails = np.minimum(tails.cumsum(axis=1), 1.0)
    tails = np.hstack([np.zeros((len(tails), 1)), tails])
    score = _Score(safe, risky, wide, deep)
    ceiling = int(_FINENESS * (3.0 - 2.0 * ndtri(delta)))
    most = np.full((len(totals), wide + 1), -1, dtype=np.int64)
    start = ceiling // 3
    for row, total in enumerate(totals):
        split = np.arange(max(0, total - risky.steps), min(total, safe.steps) + 1)

        def valid(critical: int, total: int = int(total), split: Ints = split) -> bool:
            reach = score.most(total, critical / _FINENESS)
            used = int((reach >= 0).sum())
            chance = chances[split, :used] * tails[(total - split)[:, None], reach[None, :used] + 1]
            return float(chance.sum(axis=1).max()) <= delta

        critical = _smallest(valid, start, ceiling)
        if critical is None:
            continue
        start = critical
        reach = score.most(int(total), critical / _FINENESS)
        if int((reach >= 0).sum()) <= MOST_REFINED:
            _refine(reach, chances[split], tails[total - split], delta)
        most[row] = reach
    return Regions(totals, most)


def _refine(reach: Ints, safe: Floats, risky: Floats, delta: float) -> None:
    """Add single outcomes to a region, in place, while its exact chance allows.

    Counts are whole numbers, so the best critical value leaves part of delta unspent; with few
    errors in the sample that part is large.

    Args:
        reach: Largest x2 of the region by x1.
        safe: P[X1 = x1] by split and x1.
        risky: P[X2 < x2] by split and x2.
        delta: Chance that the region may have.
    """
    columns = np.flatnonzero(reach >= 0)
    chance = (safe[:, columns] * risky[:, reach[columns] + 1]).sum(axis=1)
    deepest, added = risky.shape[1] - 2, True
    while added:
        added = False
        for found in range(min(len(columns) + 1, len(reach))):
            beyond = int(reach[found]) + 1
            if beyond > (reach[found - 1] if found else deepest):
                continue
            more = chance + safe[:, found] * (risky[:, beyond + 1] - risky[:, beyond])
            if more.max() <= delta:
                chance, added = more, True
                reach[found] = beyond


def hypergeometric_table(population: int, drawn: int, marked: int, hits: int) -> Floats:
    """P[X = x] for 0..marked marked items (rows) and x = 0..hits (columns)."""
    row = np.arange(marked + 1, dtype=float)[:, None]
    hit = np.arange(hits + 1, dtype=float)[None, :]
    possible = (hit <= row) & (hit <= drawn) & (drawn - hit <= population - row)
    hit = np.where(possible, hit, np.minimum(row, drawn))
    miss = np.maximum(drawn - hit, 0.0)
    rest = np.maximum(population - row - miss, 0.0)
    logs = (
        gammaln(row + 1.0) - gammaln(hit + 1.0) - gammaln(row - hit + 1.0)
        + gammaln(population - row + 1.0) - gammaln(miss + 1.0) - gammaln(rest + 1.0)
        - gammaln(population + 1.0) + gammaln(drawn + 1.0) + gammaln(population - drawn + 1.0)
    )  # fmt: skip
    return np.where(possible, np.exp(np.where(possible, logs, -np.inf)), 0.0)


class _Score:
    """Upper score bounds on the total of wrong steps, for every outcome of the sample."""

    def __init__(self, safe: Zone, risky: Zone, wide: int, deep: int) -> None:
        found = np.arange(wide + 1)[:, None], np.arange(deep + 1)[None, :]
        self._estimate = found[0] / safe.rate + found[1] / risky.rate
        variance = (
            found[0] * (1.0 - safe.rate) / safe.rate**2
            + found[1] * (1.0 - risky.rate) / risky.rate**2
        )
        weight = 0.5 * (1.0 / safe.rate + 1.0 / risky.rate)
        spread = weight**2 * (1.0 - 0.5 * (safe.rate + risky.rate))
        self._ratio = (variance + spread) / (self._estimate + weight)

    def most(self, total: int, critical: float) -> Ints:
        """Largest x2 whose score is at most `total`, for each x1; -1 where none is."""
        shift = 0.5 * critical**2 * self._ratio
        bound = self._estimate + shift
        bound += critical * np.sqrt(self._ratio * (self._estimate + 0.5 * shift))
        inside = np.logical_and.accumulate(bound <= total, axis=1)
        reach = inside.sum(axis=1) - 1
        return np.asarray(np.minimum.accumulate(reach), dtype=np.int64)


def _grid(smallest: int, largest: int) -> Ints:
    totals = [1]
    while totals[-1] < largest:
        last = totals[-1]
        fineness = FINE if last >= smallest else COARSE
        step = max(1, last // fineness)
        totals.append(min(largest, last + step if last >= smallest else min(last + step, smallest)))
    return np.array(totals, dtype=np.int64)


def _smallest(valid: Callable[[int], bool], start: int, ceiling: int) -> int | None:
    # The chance falls as the critical value grows, and neighbours have neighbouring values:
    # bracket from the last one outwards, then bisect.
    step, low, high = 1, start, start
    while not valid(high):
        if high >= ceiling:
            return None
        low, high, step = high, min(ceiling, high + step), 2 * step
    if high == start:
        while low > 0:
            low = max(0, high - step)
            if not valid(low):
                break
            high, step = low, 2 * step
        else:
            return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if valid(middle) else (middle, high)
    return high
