"""The procedures to beat, written anew: the plain cut at one coverage, and learn-then-test."""

from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from benchmarks.guarantee.material.simulator import Flags, Ranked
from triage.guarantee import CutPlan, plan_cut
from triage.guarantee.choosing.simulate import simulate_cut


class Net(NamedTuple):
    """What one certificate saved, in shares of the batch; 0 where it does not certify.

    Attributes:
        alone: Accepted without a human label.
        strict: Accepted, less every label drawn wherever it lies.
        broken: Whether the promise fails in truth.
    """

    alone: float
    strict: float
    broken: bool


def plain_cut(batch: Ranked, plan: CutPlan, rng: np.random.Generator, *, lenient: bool) -> Net:
    """The plain cut; lenient counts it as kept once the accepted prefix reaches its coverage."""
    (accepted, alone, budget), left = simulate_cut(plan, batch.wrong, rng)
    kept = plan.can_certify and (
        accepted >= plan.coverage * plan.items if lenient else budget <= plan.alpha * alone
    )
    if not kept:
        return Net(0.0, 0.0, broken=False)
    return Net(alone / plan.items, (accepted - plan.labels) / plan.items, broken=left > budget)


def usual_cut(items: int, alpha: float, labels: int, coverage: float) -> CutPlan:
    """The plain cut as it is commonly set: zone 1.15 times the coverage, delta 5 %."""
    return plan_cut(items=items, alpha=alpha, delta=0.05, labels=labels, coverage=coverage)


def learn_then_test(batch: Ranked, alpha: float, labels: int, rng: np.random.Generator) -> Net:
    """Fixed-sequence binomial tests on labels from all over the batch.

    The sequence starts where the ranker, from its training labels, predicts a risk of alpha / 2,
    but not before a clean sample could pass.
    """
    items = len(batch.wrong)
    drawn = np.sort(rng.choice(items, labels, replace=False))
    marks: Flags = batch.wrong[drawn]
    predicted = batch.risk.cumsum() / np.arange(1, items + 1)
    tuned = int(np.flatnonzero(predicted <= alpha / 2).max(initial=0)) + 1
    clean = np.log(0.05) / np.log1p(-alpha)
    start = min(items, max(tuned, int(np.ceil(clean * items / labels)) + 1))
    lengths = np.unique(np.linspace(start, items, 400).astype(int))
    inside = np.searchsorted(drawn, lengths)
    errors = np.concatenate([[0], marks.cumsum()])[inside]
    failed = np.flatnonzero(binom.cdf(errors, inside, alpha) > 0.05)
    passed = int(failed[0]) if failed.size else len(lengths)
    if not passed:
        return Net(0.0, 0.0, broken=False)
    length = int(lengths[passed - 1])
    broken = bool(batch.wrong[:length].mean() > alpha)
    alone = length - int(inside[passed - 1])
    return Net(alone / items, (length - labels) / items, broken=broken)
