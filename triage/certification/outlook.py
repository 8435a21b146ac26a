"""Says how many labels would do, where those that were drawn did not."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from triage.errors import UsageError
from triage.guarantee import CutPlan, Plan, plan_cut
from triage.guarantee.cut import ZONE_SLACK, Target
from triage.guarantee.simulate import Flags, Floats, forecast, simulated_truths

_TRIALS: Final = 60
_SURE: Final = 0.95
_LADDER: Final = 1.25
_SHARES: Final = (0.4, 0.6, 0.75, 0.9)
"""Coverages tried, as shares of what the corrected risks would allow."""


def more_labels(plan: Plan, scores: Sequence[float], errors: Mapping[int, bool]) -> str:
    """How many labels would certify, if the risks are off by the factor that the sample shows.

    Args:
        plan: The plan whose draw did not certify.
        scores: The frozen scores in rank order.
        errors: What the sample showed, by rank.
    """
    ranked = np.asarray(scores)
    found = sum(errors.values())
    expected = float(ranked[list(errors)].sum())
    likely = np.clip(ranked * (found + 0.5) / max(expected, 0.5), 0.0, 1.0)
    truths = simulated_truths(likely, _TRIALS, seed=0)
    labels = 10
    while labels < plan.items:
        if _certifies(plan, likely, truths, labels):
            break
        labels = int(labels * _LADDER) + 1
    else:
        return (
            f"with that many errors no number of labels would do for a share of {plan.alpha:.1%}; "
            "a better ranker or a larger alpha would"
        )
    if labels <= plan.labels:
        return f"{labels:,} labels usually do for such steps: the draw or its coverage was unlucky"
    return (
        f"about {labels:,} labels would do, {labels - plan.labels:,} more than were drawn; they "
        "take another batch, or attempts that were declared"
    )


def expected_cut(
    *,
    items: int,
    alpha: float,
    delta: float,
    labels: int,
    coverage: float,
    target: Target,
    stratum: str = "batch",
    attempts: int = 1,
) -> CutPlan:
    """A plain cut for an expected coverage, its zone longer by the labels.

    The labelled steps don't count as accepted by the machine: in a small batch the usual zone
    would not be long enough to keep the promise.
    """
    reach = math.ceil(ZONE_SLACK * coverage * items) + labels
    return plan_cut(
        items=items,
        alpha=alpha,
        delta=delta,
        labels=labels,
        coverage=coverage,
        target=target,
        zone=None if target == "total" else min(items, reach),
        stratum=stratum,
        attempts=attempts,
    )


def _certifies(plan: Plan, risks: Floats, truths: Flags, labels: int) -> bool:
    """Whether some plain cut with so many labels is sure enough of a certificate."""
    reach = int(np.flatnonzero(risks.cumsum() <= _allowed(plan)).max(initial=-1)) + 1
    for share in _SHARES:
        try:
            tried = expected_cut(
                items=plan.items,
                alpha=plan.alpha,
                delta=plan.delta,
                labels=labels,
                coverage=share * reach / plan.items,
                target=plan.target,
                attempts=plan.attempts,
            )
        except UsageError:
            continue
        if tried.can_certify and forecast(tried, truths).certified >= _SURE:
            return True
    return False


def _allowed(plan: Plan) -> Floats:
    steps = np.full(plan.items, plan.items) if plan.target == "total" else np.arange(plan.items) + 1
    return np.asarray(plan.alpha * steps, dtype=np.float64)
