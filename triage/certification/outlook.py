"""Says how many labels would do, where those that were drawn did not."""

from collections.abc import Mapping, Sequence

import numpy as np

from triage.certification.cuts import Terms, fewest_cut
from triage.guarantee import Plan


def more_labels(plan: Plan, scores: Sequence[float], errors: Mapping[int, bool]) -> str:
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
    terms = Terms(plan.alpha, plan.delta, plan.target, attempts=plan.attempts)
    do = fewest_cut(likely, plan.items // 2, terms)
    if do is None:
        return (
            f"with that many errors no number of labels would do for a share of {plan.alpha:.1%}; "
            "a better ranker or a larger alpha would"
        )
    labels = do.plan.labels
    if labels <= plan.labels:
        return f"{labels:,} labels usually do for such steps: the draw or its coverage was unlucky"
    return (
        f"about {labels:,} labels would do, {labels - plan.labels:,} more than were drawn; they "
        "take another batch, or attempts that were declared"
    )
