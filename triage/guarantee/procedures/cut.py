"""The error-budget cut: how many blind labels, over which steps, and where acceptance stops."""

from typing import Literal

from pydantic import Field

from triage.errors import UsageError
from triage.guarantee.procedures.declared import (
    Declared,
    Target,
    check_attempts,
    check_counts,
    check_shares,
)
from triage.guarantee.procedures.exact import ceil_of, floor_of, tail_exceeds

ZONE_SLACK = 1.15
"""The zone reaches this far beyond the expected coverage, so that a good batch can use it."""


class CutPlan(Declared):
    """What was fixed before any label was seen; `draw` and `certify` follow from it alone.

    Attributes:
        coverage: Share of the steps expected to be accepted; 1 for a total promise.
        target: What alpha is a share of: the machine-only steps (selective) or all steps (total).
        attempts: Draws declared in advance for this stratum; each is tested at delta / attempts.
        attempt: Which of them this is, from 1.
        zone: Number of safest steps that the sample is drawn from, M.
        labels: Blind labels to draw, n.
        budget: Wrong machine labels that may remain, B.
        stop_at_error: k*: acceptance ends before the k*-th sampled error in rank order;
            0: no sample of this size can certify.
    """

    procedure: Literal["budget-cut"] = "budget-cut"
    coverage: float = Field(gt=0.0, le=1.0)
    target: Target
    attempts: int = Field(ge=1)
    attempt: int = Field(ge=1)
    zone: int = Field(ge=1)
    labels: int = Field(ge=1)
    budget: int = Field(ge=0)
    stop_at_error: int = Field(ge=0)

    @property
    def can_certify(self) -> bool:
        """Whether some outcome of the draw leads to an accepted step."""
        return self.stop_at_error > 0

    @property
    def fewest_labels(self) -> int:
        """Labels below which no outcome certifies; at it, only a sample without error does."""
        return fewest_labels(self.zone, self.budget, self.delta / self.attempts)


def plan_cut(
    *,
    items: int,
    alpha: float,
    delta: float,
    labels: int,
    coverage: float | None = None,
    target: Target = "selective",
    zone: int | None = None,
    stratum: str = "batch",
    attempts: int = 1,
    attempt: int = 1,
) -> CutPlan:
    """Fix an error-budget cut before the draw.

    With B = floor(alpha * coverage * items) and M = min(items, ceil(1.15 * coverage * items))
    (total: B = floor(alpha * items), M = items), `stop_at_error` is the smallest k with
    P[Hypergeometric(M, B + k + 1, labels) <= k] > delta / attempts.

    Args:
        items: Steps of the stratum.
        alpha: Largest wrong share to promise, in (0, 1).
        delta: Chance of a broken promise, in (0, 1).
        labels: Blind labels to be drawn.
        coverage: Share of steps expected to be accepted, in (0, 1], from an earlier batch or from
            the unlabelled scores, never from the labels of this certificate. A total promise
            does without.
        target: "selective" promises a share of the machine-only steps, "total" of all steps.
        zone: Another zone length than the usual one; any that is fixed before the draw is valid.
        stratum: Name of the steps it speaks of.
        attempts: Draws declared for this stratum before the first of them.
        attempt: Which of them this is, from 1.

    Raises:
        UsageError: A number out of range, or more labels than the zone has steps.
    """
    check_shares(alpha=alpha, delta=delta)
    check_counts(items=items, labels=labels)
    check_attempts(attempts, attempt, target)
    if target == "total":
        coverage, usual, budget = 1.0, items, floor_of(alpha, items)
    elif coverage is None or not 0.0 < coverage <= 1.0:
        raise UsageError(
            f"coverage is {coverage}: a selective promise needs the share of steps you expect to"
            " be accepted, above 0 and at most 1 (from an earlier batch or the unlabelled scores)"
        )
    else:
        usual = min(items, ceil_of(ZONE_SLACK, coverage, items))
        budget = floor_of(alpha, coverage, items)
    length = usual if zone is None else zone
    if not 1 <= length <= items:
        raise UsageError(f"the zone of {length} steps must lie within the {items} steps")
    if labels > length:
        raise UsageError(
            f"{labels} labels do not fit a zone of {length} steps: ask for {length} or fewer"
        )
    return CutPlan(
        stratum=stratum,
        items=items,
        alpha=alpha,
        delta=delta,
        coverage=coverage,
        target=target,
        attempts=attempts,
        attempt=attempt,
        zone=length,
        labels=labels,
        budget=budget,
        stop_at_error=_stop_at_error(length, budget, labels, delta / attempts),
    )


def fewest_labels(zone: int, budget: int, delta: float) -> int:
    """The smallest sample whose outcome can certify at all (then, only one without an error).

    Args:
        zone: Steps that the sample is drawn from.
        budget: Wrong labels that may remain.
        delta: Chance of a broken promise.
    """
    if budget >= zone:
        return 1
    low, high = 1, zone
    while low < high:
        middle = (low + high) // 2
        if tail_exceeds(zone, budget + 1, middle, 0, delta):
            low = middle + 1
        else:
            high = middle
    return low


def _stop_at_error(zone: int, budget: int, labels: int, delta: float) -> int:
    # One more wrong step shows up at most once more in the sample, so the tail below never falls
    # as k grows: {X(B+k+1) <= k} lies within {X(B+k+2) <= k+1}. Hence bisection finds the first k.
    low, high = 0, min(labels, zone - budget - 1) + 1
    if high <= 0:
        return labels + 1
    while low < high:
        middle = (low + high) // 2
        if tail_exceeds(zone, budget + middle + 1, labels, middle, delta):
            high = middle
        else:
            low = middle + 1
    return low if budget + low + 1 <= zone else labels + 1
