"""Plain cuts for batches of any size, small ones included, and how they would do."""

import math
from typing import Final, NamedTuple

import numpy as np

from triage.errors import UsageError
from triage.guarantee import CutPlan, Forecast, forecast, plan_cut
from triage.guarantee.choosing.simulate import Floats, simulated_truths
from triage.guarantee.procedures.cut import ZONE_SLACK
from triage.guarantee.procedures.declared import Target

SURE: Final = 0.95
"""Share of simulated batches in which a plan should certify."""
_TRIALS: Final = 60
_FEWEST: Final = 10
_LADDER: Final = 1.25
_SHARES: Final = (0.3, 0.45, 0.6, 0.75, 0.9)
"""Coverages tried, as shares of what the predicted risks would allow."""


class Terms(NamedTuple):
    """What is to be promised of a stratum."""

    alpha: float
    delta: float
    target: Target = "selective"
    stratum: str = "batch"
    attempts: int = 1


def expected_cut(items: int, labels: int, coverage: float, terms: Terms) -> CutPlan:
    """A plain cut for an expected coverage, its zone longer by the labels.

    The labelled steps don't count as accepted by the machine: in a small batch the usual zone
    would not be long enough to keep the promise.

    Raises:
        UsageError: A number out of range, or more labels than steps.
    """
    reach = math.ceil(ZONE_SLACK * coverage * items) + labels
    return plan_cut(
        items=items,
        labels=labels,
        coverage=coverage,
        zone=None if terms.target == "total" else min(items, reach),
        **terms._asdict(),
    )


def best_cut(risks: Floats, labels: int, terms: Terms) -> Forecast | None:
    """The plain cut that saves most; a sure one before others. None if none can certify.

    Args:
        risks: Predicted risks, ascending.
    """
    items = len(risks)
    size = np.full(items, items) if terms.target == "total" else np.arange(1, items + 1)
    reach = int(np.flatnonzero(risks.cumsum() <= terms.alpha * size).max(initial=-1)) + 1
    truths = simulated_truths(risks, _TRIALS, seed=0)
    seen = []
    for share in _SHARES:
        try:
            tried = expected_cut(items, labels, share * reach / items, terms)
        except UsageError:
            continue
        if tried.can_certify:
            seen.append(forecast(tried, truths))
    return max(seen, key=lambda one: (one.certified >= SURE, one.saved), default=None)


def fewest_cut(risks: Floats, most: int, terms: Terms) -> Forecast | None:
    """The plain cut with the fewest labels that is sure enough to certify; None up to `most`."""
    labels = _FEWEST
    while labels <= most:
        found = best_cut(risks, labels, terms)
        if found is not None and found.certified >= SURE:
            return found
        labels = int(labels * _LADDER) + 1
    return None
