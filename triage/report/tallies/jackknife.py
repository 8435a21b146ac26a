"""Intervals for measures that have no formula, from leaving out one group of traces at a time."""

from collections.abc import Callable, Sequence
from typing import Final

from triage.report.figures import Estimate

GROUPS: Final = 20
"""Groups of traces; a trace belongs to the group of its number modulo this."""
_FEWEST: Final = 3
_TAIL: Final = 0.025


def estimate(
    measure: Callable[[int | None], float | None],
    groups: Sequence[int],
    *,
    n: int,
    low: float = 0.0,
    high: float = float("inf"),
) -> Estimate:
    """Measure, and measure again without each group: the delete-a-group jackknife (Kott 2001).

    Whole traces are left out, because the steps of one trace are right or wrong together.

    Args:
        measure: The value without one group, or of everything for None.
        groups: The groups that occur.
        n: Steps or verdicts that the value rests on.
        low: Least possible value, below which the interval does not reach; so `high` above.

    Returns:
        The value; without an interval where fewer than three groups occur, where a part leaves
        the measure undefined, or where the parts show no spread.
    """
    value = measure(None)
    if value is None:
        return Estimate(value=None, n=n)
    parts = [measure(group) for group in groups]
    known = [part for part in parts if part is not None]
    count = len(parts)
    if count < _FEWEST or len(known) < count:
        return Estimate(value=value, n=n)
    mean = sum(known) / count
    variance = (count - 1) / count * sum((part - mean) ** 2 for part in known)
    if variance <= 0.0:
        return Estimate(value=value, n=n)
    # imported late: the command line must start without it
    from scipy.stats import t

    half = float(t.isf(_TAIL, count - 1)) * variance**0.5
    return Estimate(value=value, low=max(low, value - half), high=min(high, value + half), n=n)
