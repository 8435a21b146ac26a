"""The promise itself: how often it breaks over thousands of draws with known truth."""

import numpy as np
import pytest
from guarantee_orders import ORDERS, REDRAWS, allowed, order

from triage.guarantee import certify, draw, plan_cut


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("target", ["selective", "total"])
def test_plain_cut_breaks_its_promise_no_more_than_delta(kind: str, target: str) -> None:
    plan = plan_cut(
        items=1_500,
        alpha=0.05,
        delta=0.05,
        coverage=0.7,
        labels=150,
        target=target,  # type: ignore[arg-type]
    )
    rng = np.random.default_rng(11)
    # Just past the budget: the hardest batch, where the cut comes late and the budget is full.
    wrong = order(kind, 1_500, int(1.25 * plan.budget / (0.9 if target == "total" else 0.7)), rng)
    broken = promises = 0
    for seed in range(REDRAWS):
        ranks = draw(plan, seed)
        certificate = certify(plan, seed, {rank: wrong[rank] for rank in ranks})
        accepted = wrong[: certificate.accepted].sum()
        left = int(accepted) - sum(wrong[rank] for rank in ranks if rank < certificate.accepted)
        broken += left > certificate.wrong_at_most
        promises += certificate.certified
        if certificate.certified and target == "selective":
            assert left / certificate.machine_only <= plan.alpha or left > plan.budget
    assert broken / REDRAWS <= allowed(plan.delta)
