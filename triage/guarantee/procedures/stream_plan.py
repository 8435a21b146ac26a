"""Plans for steps that arrive after the batch: which scores to test, and whom to label for it."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from triage.errors import UsageError
from triage.guarantee.procedures.declared import Declared, check_counts, check_shares

MOST_THRESHOLDS = 512
_REACH = 1.25
"""Labels are drawn up to where the mean predicted risk is so many times alpha: farther out no
threshold can pass."""


class StreamPlan(Declared):
    """What was fixed before any label was seen; `draw` follows from it alone.

    Attributes:
        items: Steps of the stream seen so far, ranked from safest (rank 0) to riskiest.
        alpha: Largest risk of an accepted step to come.
        zone: Number of safest steps that the sample is drawn from.
        labels: Blind labels to draw.
        thresholds: Scores to test, in this order.
        attempt, attempts: Always the only one: a test in a fixed order can't be repeated.
    """

    procedure: Literal["learn-then-test"] = "learn-then-test"
    target: Literal["selective"] = "selective"
    attempts: Literal[1] = 1
    attempt: Literal[1] = 1
    zone: int = Field(ge=1)
    labels: int = Field(ge=1)
    thresholds: Annotated[tuple[float, ...], Field(min_length=1)]


def plan_stream(
    scores: Sequence[float] | NDArray[np.float64],
    *,
    alpha: float,
    delta: float,
    labels: int,
    stratum: str = "stream",
) -> StreamPlan:
    """Fix the thresholds and the sample of a streaming certificate, before any label is seen.

    The sample is drawn from the steps that any threshold accepts; which those are depends on
    scores alone, so that among them the labelled steps still stand for the steps to come.

    Args:
        scores: Predicted risks of the steps of the stream seen so far, in any order.
        alpha: Largest risk of an accepted step to come.
        delta: Chance that the statement is wrong.
        labels: Blind labels to draw.
        stratum: Name of the steps it speaks of.

    Raises:
        UsageError: Numbers out of range, scores that are no finite numbers, fewer steps than
            labels, or too few labels for any threshold.
    """
    check_shares(alpha=alpha, delta=delta)
    check_counts(labels=labels)
    ranked = _ranked(scores)
    means = ranked.cumsum() / np.arange(1, len(ranked) + 1)
    within = int(np.flatnonzero(means <= _REACH * alpha).max(initial=-1)) + 1
    end = min(len(ranked), max(within, labels))
    # steps of one score are in or out together: part of them would not stand for all
    zone = int(np.searchsorted(ranked, ranked[end - 1], side="right"))
    if labels > zone:
        raise UsageError(f"{labels} labels of {zone} steps: let more steps arrive, or label fewer")
    return StreamPlan(
        stratum=stratum,
        items=len(ranked),
        alpha=alpha,
        delta=delta,
        zone=zone,
        labels=labels,
        thresholds=start_thresholds(ranked[:zone], alpha=alpha, delta=delta, labels=labels),
    )


def start_thresholds(
    scores: Sequence[float] | NDArray[np.float64],
    *,
    alpha: float,
    delta: float,
    labels: int,
    risks: Sequence[float] | NDArray[np.float64] | None = None,
) -> tuple[float, ...]:
    """The scores to test, from unlabelled steps of the stream, before any label is seen.

    The sequence begins where the mean predicted risk of the accepted steps is alpha / 2, but not
    before enough labels are expected there that a clean sample passes: the safest start is the
    classic mistake, it wastes the whole of delta on a handful of labels.

    Args:
        scores: Scores of unlabelled steps; low is safe.
        alpha: Largest risk of an accepted step.
        delta: Chance that the statement is wrong.
        labels: Labels that the test will have, over all scores.
        risks: Predicted risks of the same steps; the scores themselves where absent.

    Raises:
        UsageError: Scores that are no finite numbers, or too few labels for any threshold.
    """
    check_shares(alpha=alpha, delta=delta)
    ranked = np.asarray(scores, dtype=float)
    if not ranked.size or not np.isfinite(ranked).all():
        raise UsageError("give the finite score of at least one unlabelled step")
    order = np.argsort(ranked, kind="stable")
    ranked = ranked[order]
    predicted = ranked if risks is None else np.asarray(risks, dtype=float)[order]
    clean = fewest_clean(alpha, delta)
    first = math.ceil(clean / labels * len(ranked))
    if first > len(ranked):
        raise UsageError(
            f"{labels} labels cannot certify {alpha:.1%}: {clean} would do if none shows an error"
        )
    means = predicted.cumsum() / np.arange(1, len(ranked) + 1)
    tuned = int(np.flatnonzero(means <= alpha / 2).max(initial=0)) + 1
    start = min(max(first, tuned), len(ranked)) - 1
    places = np.unique(np.linspace(start, len(ranked) - 1, MOST_THRESHOLDS).astype(int))
    return tuple(float(score) for score in np.unique(ranked[places]))


def fewest_clean(alpha: float, delta: float) -> int:
    """Labels without an error among them that show a risk of at most alpha."""
    return math.ceil(math.log(delta) / math.log1p(-alpha))


def _ranked(scores: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    ranked = np.sort(np.asarray(scores, dtype=float))
    if ranked.ndim != 1 or not ranked.size or not np.isfinite(ranked).all():
        raise UsageError("give the finite score of at least one unlabelled step")
    return ranked
