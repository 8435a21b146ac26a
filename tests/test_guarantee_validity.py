"""The promise itself: how often it breaks over thousands of draws with known truth."""

import numpy as np
import pytest
from guarantee_orders import ORDERS, REDRAWS, Flags, allowed, order

from triage.guarantee import CutPlan, certify, draw, plan_cut
from triage.guarantee.choosing.simulate import simulate_cut


def plain(target: str) -> CutPlan:
    return plan_cut(
        items=1_500,
        alpha=0.05,
        delta=0.05,
        coverage=0.7,
        labels=150,
        target=target,  # type: ignore[arg-type]
    )


def hardest(kind: str, plan: CutPlan, rng: np.random.Generator) -> Flags:
    # Just past the budget, where the cut comes late and the budget is full.
    reach = 0.9 if plan.target == "total" else 0.7
    return order(kind, plan.items, int(1.25 * plan.budget / reach), rng)


@pytest.mark.parametrize("kind", ORDERS)
@pytest.mark.parametrize("target", ["selective", "total"])
def test_plain_cut_breaks_its_promise_no_more_than_delta(kind: str, target: str) -> None:
    plan = plain(target)
    rng = np.random.default_rng(11)
    wrong = hardest(kind, plan, rng)
    draws = [simulate_cut(plan, wrong, rng) for _ in range(REDRAWS)]
    broken = np.mean([left > outcome.wrong_at_most for outcome, left in draws])
    assert broken <= allowed(plan.delta)


def test_the_promise_holds_through_the_front_door() -> None:
    plan = plain("selective")
    wrong = hardest("uniform", plan, np.random.default_rng(11))
    bad = set(np.flatnonzero(wrong).tolist())
    broken = 0
    for seed in range(REDRAWS):
        ranks = draw(plan, seed)
        certificate = certify(plan, seed, {rank: rank in bad for rank in ranks})
        found = bad.intersection(ranks)
        left = sum(rank < certificate.accepted for rank in bad - found)
        broken += left > certificate.wrong_at_most
        if certificate.certified:
            assert certificate.wrong_at_most <= plan.alpha * certificate.machine_only
    assert 0.01 < broken / REDRAWS <= allowed(plan.delta)


def test_a_sloppier_rule_would_be_caught() -> None:
    plan = plain("selective")
    rng = np.random.default_rng(11)
    wrong = hardest("uniform", plan, rng)
    sloppy = plan.model_copy(update={"stop_at_error": plan.stop_at_error + 2})
    draws = [simulate_cut(sloppy, wrong, rng) for _ in range(REDRAWS)]
    assert np.mean([left > seen.wrong_at_most for seen, left in draws]) > allowed(plan.delta)
