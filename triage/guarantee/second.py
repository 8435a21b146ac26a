"""Second blind labels: one slip of an expert must not decide over thousands of steps."""

import math
from collections.abc import Mapping

import numpy as np

from triage.errors import UsageError
from triage.guarantee.certificate import Plan, draw
from triage.guarantee.procedures.sampling import sample_ranks
from triage.guarantee.procedures.stream_plan import StreamPlan

REST_SHARE = 0.04
"""Part of the undisputed first labels that get a second one all the same."""


def second_labels(
    plan: Plan | StreamPlan, seed: int, differs: Mapping[int, bool], *, share: float = REST_SHARE
) -> list[int]:
    """The drawn ranks that need a second blind label, in random order.

    These are all whose first blind label differs from the machine's, and a random share of the
    rest: a slip that hides an error must be as findable as one that invents it, and the second
    expert must not be able to tell which sort a step is. Where the two labels differ, an
    adjudicator decides; `certify` takes what was decided.

    Args:
        plan: The plan that was drawn from.
        seed: The seed of the draw.
        differs: For every drawn rank, whether its first blind label differs from the machine's.
        share: Part of the undisputed ones to label again, from 0 to 1.

    Raises:
        UsageError: Any other set of ranks than the one drawn, or a share out of range.
    """
    if not 0.0 <= share <= 1.0:
        raise UsageError(f"share is {share}: give the part of undisputed labels, from 0 to 1")
    drawn = draw(plan, seed)
    if differs.keys() != set(drawn):
        raise UsageError("give the first blind label of exactly the drawn ranks")
    if not all(isinstance(value, bool | np.bool_) for value in differs.values()):
        raise UsageError("say True (differs from the machine) or False for every drawn rank")
    disputed = [rank for rank in drawn if differs[rank]]
    rest = [rank for rank in drawn if not differs[rank]]
    name = f"{plan.stratum}|{plan.attempt}|second"
    taken = sample_ranks(len(rest), math.ceil(share * len(rest)), name=name, seed=seed)
    again = disputed + [rest[place] for place in taken]
    order = sample_ranks(len(again), len(again), name=f"{name}|order", seed=seed)
    return [again[place] for place in order]
