"""Says how many labels would do, where those that were drawn did not."""

from collections.abc import Mapping, Sequence

import numpy as np

from triage.errors import UsageError
from triage.guarantee import Plan, choose_labels

_MOST = 5_000
_TRIALS = 40


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
    factor = (found + 0.5) / max(expected, 0.5)
    likely = np.clip(ranked * factor, 0.0, 1.0)
    at_most = min(plan.items, max(_MOST, plan.labels))
    try:
        do = choose_labels(
            likely,
            alpha=plan.alpha,
            delta=plan.delta / plan.attempts,
            at_most=at_most,
            target=plan.target,
            trials=_TRIALS,
        )
    except UsageError:
        return (
            f"with that many errors not even {at_most:,} labels would do; a better ranker or a "
            "larger alpha would"
        )
    if do.plan.labels <= plan.labels:
        return f"{plan.labels:,} labels would usually do, the draw was unlucky"
    return (
        f"about {do.plan.labels:,} labels would do, {do.plan.labels - plan.labels:,} more than "
        "were drawn"
    )
