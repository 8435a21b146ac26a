"""Says how many labels would do, where those that were drawn did not."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from triage.certification.plans.cuts import Terms, fewest_cut
from triage.errors import UsageError
from triage.guarantee import Plan, StreamPlan, choose_stream


def more_labels(
    plan: Plan | StreamPlan, scores: Sequence[float], errors: Mapping[int, bool]
) -> str:
    """How many labels would certify, if the risks are off by the factor that the sample shows.

    Args:
        plan: The plan whose draw did not certify.
        scores: The frozen scores in rank order.
        errors: What the sample showed, by rank.
    """
    ranked = np.asarray(scores, dtype=np.float64)
    found = sum(errors.values())
    expected = float(ranked[list(errors)].sum())
    likely = np.clip(ranked * (found + 0.5) / max(expected, 0.5), 0.0, 1.0)
    labels = _enough(plan, likely)
    if labels is None:
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


def _enough(plan: Plan | StreamPlan, risks: NDArray[np.float64]) -> int | None:
    """The fewest labels that certify surely at these risks; None if no number does."""
    if isinstance(plan, StreamPlan):
        try:
            return choose_stream(risks, alpha=plan.alpha, delta=plan.delta).plan.labels
        except UsageError:
            return None
    terms = Terms(plan.alpha, plan.delta, plan.target, attempts=plan.attempts)
    do = fewest_cut(risks, plan.items // 2, terms)
    return None if do is None else do.plan.labels
