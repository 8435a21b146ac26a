"""The rising cut: a budget that grows with the accepted prefix, and labels where errors are.

The plain cut fixes its budget for an expected coverage and loses when the batch turns out better
or worse. Here the budget at rank r is alpha times what would be accepted there, and the sample is
denser in the risky zone, where a label tells more. See docs/guarantee-proof.md for the proof.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from triage.errors import UsageError
from triage.guarantee.procedures.cut import CutPlan
from triage.guarantee.procedures.declared import (
    Declared,
    Promise,
    Target,
    check_attempts,
    check_counts,
    check_shares,
)
from triage.guarantee.procedures.regions import Regions, Zone, acceptance_regions

_CUSHION = 1.0
"""Wrong steps held back because the sampled share of a prefix is known only after the draw."""


class RisingPlan(Declared):
    """What was fixed before any label was seen; `draw` and `certify` follow from it alone.

    Attributes:
        target: What alpha is a share of: the machine-only steps (selective) or all steps (total).
        attempts: Draws declared in advance for this stratum; each is tested at delta / attempts.
        attempt: Which of them this is, from 1.
        safe_zone: Ranks below this are the safe zone; the cut lies at or beyond it.
        safe_labels: Blind labels drawn from the safe zone.
        zone: End of the risky zone; nothing beyond it is accepted.
        labels: Blind labels in both zones.
        safe_errors: Wrong steps expected in the safe zone; a poor guess costs coverage, never
            validity.
    """

    procedure: Literal["rising-cut"] = "rising-cut"
    target: Target
    attempts: int = Field(ge=1)
    attempt: int = Field(ge=1)
    safe_zone: int = Field(ge=1)
    safe_labels: int = Field(ge=1)
    zone: int = Field(ge=2)
    labels: int = Field(ge=2)
    safe_errors: float = Field(ge=0.0)

    @property
    def safe(self) -> Zone:
        """The zone below the first possible cut."""
        return Zone(self.safe_zone, self.safe_labels)

    @property
    def risky(self) -> Zone:
        """The zone in which the cut is sought."""
        return Zone(self.zone - self.safe_zone, self.labels - self.safe_labels)

    @property
    def can_certify(self) -> bool:
        """Whether some outcome of the draw leads to an accepted step."""
        tests = _tests(self)
        return bool(tests.rows[0] >= 0 and tests.regions.most[tests.rows[0], 0] >= 0)


class Outcome(NamedTuple):
    """Where a draw leads: the accepted prefix and the bound on what is wrong in it."""

    accepted: int
    machine_only: int
    wrong_at_most: int


class _Tests(NamedTuple):
    # For ranks safe_zone..zone (R): the total ruled out there, and its row in the regions (or -1).
    regions: Regions
    # `changes` are the places, the first included, from which another row holds.
    thresholds: NDArray[np.int64]
    rows: NDArray[np.int64]
    changes: NDArray[np.int64]


def plan_rising(
    promise: Promise,
    *,
    safe_zone: int,
    safe_labels: int,
    zone: int,
    labels: int,
    safe_errors: float,
) -> RisingPlan:
    """Fix a rising cut before the draw; `choose_plan` picks its numbers by simulation.

    Args:
        promise: What is to be promised of which steps.
        safe_zone: Length of the safe zone, below the first possible cut.
        safe_labels: Blind labels to draw from it.
        zone: End of the risky zone.
        labels: Blind labels to draw in all.
        safe_errors: Wrong steps expected in the safe zone, from the predicted risks.

    Raises:
        UsageError: A number out of range, or more labels than a zone has steps.
    """
    items = promise.items
    check_shares(alpha=promise.alpha, delta=promise.delta)
    check_counts(items=items, safe_zone=safe_zone, safe_labels=safe_labels, zone=zone)
    check_counts(labels=labels)
    check_attempts(promise.attempts, promise.attempt, promise.target)
    if not safe_zone < zone <= items:
        raise UsageError(
            f"the zones end at ranks {safe_zone} and {zone}: the risky zone must lie beyond the"
            f" safe one and within the {items} steps"
        )
    if safe_labels > safe_zone or not 0 < labels - safe_labels <= zone - safe_zone:
        raise UsageError(
            f"{safe_labels} labels of {safe_zone} safe steps and {labels - safe_labels} of"
            f" {zone - safe_zone} risky ones: each zone needs a label and has one for each step"
        )
    if not 0.0 <= safe_errors <= safe_zone:
        raise UsageError(
            f"safe_errors is {safe_errors}: give the wrong steps expected in the safe zone"
        )
    return RisingPlan(
        **promise._asdict(),
        safe_zone=safe_zone,
        safe_labels=safe_labels,
        zone=zone,
        labels=labels,
        safe_errors=safe_errors,
    )


def rising_outcome(plan: RisingPlan, drawn: list[int], found: list[int]) -> Outcome:
    """Where the cut falls, from the drawn ranks and those among them found wrong."""
    sampled, wrong = np.sort(drawn) - plan.safe_zone, np.array(sorted(found)) - plan.safe_zone
    safe_found = int((wrong < 0).sum())
    return cut(plan, safe_found, wrong[safe_found:].astype(np.int64), sampled[sampled >= 0])


def cut(
    plan: RisingPlan, safe_found: int, found: NDArray[np.int64], drawn: NDArray[np.int64]
) -> Outcome:
    """The longest prefix that the tests allow and whose bound keeps the promise.

    Where no prefix keeps the promise, it is the longest that the tests allow.

    Args:
        plan: The plan that was drawn from.
        safe_found: Wrong steps found in the safe zone.
        found: Places of the wrong steps found in the risky zone, counted from its start,
            ascending.
        drawn: Places of all sampled steps there, likewise.
    """
    tests = _tests(plan)
    if safe_found >= tests.regions.most.shape[1]:
        return Outcome(0, 0, 0)
    # tests and bounds change only where a threshold does or an error was found, and of the ranks
    # between two such places the last accepts most: it is enough to look at runs
    starts = np.union1d(tests.changes, found + 1)
    below = np.searchsorted(found, starts)
    rows = tests.rows[starts]
    limits = np.where(rows >= 0, tests.regions.most[rows, safe_found], -1)
    failed = np.flatnonzero(below > limits)
    runs = int(failed[0]) if failed.size else len(starts)
    if not runs:
        return Outcome(0, 0, 0)
    ends = np.append(starts[1:], plan.risky.steps + 1)[:runs] - 1
    bounds = tests.thresholds[starts[:runs]] - 1 - safe_found - below[:runs]
    if runs == len(starts):
        last = tests.regions.bound(safe_found, len(found))
        if last is not None:
            bounds[-1] = min(bounds[-1], last - safe_found - len(found))
    alone = plan.safe_zone - plan.safe_labels + ends - np.searchsorted(drawn, ends)
    bounds = np.clip(bounds, 0, alone)
    kept = np.flatnonzero(bounds <= promised(plan, alone))
    at = int(kept[-1]) if kept.size else runs - 1
    return Outcome(plan.safe_zone + int(ends[at]), int(alone[at]), int(bounds[at]))


def promised(plan: CutPlan | RisingPlan, machine_only: NDArray[np.int64]) -> NDArray[np.float64]:
    """Wrong steps that the promise allows for so many machine-only steps."""
    if plan.target == "total":
        return np.full(machine_only.shape, plan.alpha * plan.items + 1e-9)
    return np.asarray(plan.alpha * machine_only + 1e-9, dtype=np.float64)


@lru_cache(maxsize=32)
def _tests(plan: RisingPlan) -> _Tests:
    safe, risky = plan.safe, plan.risky
    beyond = np.arange(risky.steps + 1)
    expected = (safe.steps - safe.labels) + np.floor(beyond * (1.0 - risky.rate)).astype(np.int64)
    budgets = promised(plan, expected)
    found = plan.alpha * plan.zone if plan.target == "selective" else budgets[-1]
    rate = max(safe.rate, risky.rate)
    largest = min(int(found / max(1.0 - rate, 0.05)) + 8, plan.zone)
    level = plan.delta / plan.attempts
    smallest = max(1, int(budgets[0]))
    regions = acceptance_regions(safe, risky, level, largest, smallest=smallest)
    cushion = _CUSHION if plan.target == "selective" else 0.0
    held = np.maximum.accumulate(regions.totals - 1 - _usually_found(plan, regions) + cushion)
    rows = np.searchsorted(held, budgets, side="right") - 1
    thresholds = np.where(rows >= 0, regions.totals[rows], 0)
    changes = np.flatnonzero(np.diff(rows, prepend=-2))
    return _Tests(regions, thresholds, rows, changes)


def _usually_found(plan: RisingPlan, regions: Regions) -> NDArray[np.int64]:
    # The fewest sampled errors on the edge of a region among the usual outcomes of the safe zone:
    # those are corrected, so the total that a budget stands for is larger by them.
    middle = plan.safe_errors * plan.safe.rate
    spread = 2.0 * np.sqrt(middle)
    low = max(0, int(middle - spread))
    high = min(regions.most.shape[1] - 1, int(np.ceil(middle + spread)))
    if low > high:
        return np.zeros(len(regions.totals), dtype=np.int64)
    edge = regions.most[:, low : high + 1]
    found = np.where(edge >= 0, edge + np.arange(low, high + 1), np.iinfo(np.int64).max)
    fewest = found.min(axis=1)
    return np.where(fewest < np.iinfo(np.int64).max, fewest, 0)
