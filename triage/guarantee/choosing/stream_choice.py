"""What a streaming plan would do, and the fewest labels that do: by simulation, before the draw."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from triage.errors import UsageError
from triage.guarantee.choosing.simulate import Floats, simulated_truths
from triage.guarantee.procedures.stream_plan import StreamPlan, fewest_clean, plan_stream

SURE = 0.95
_LADDER = 1.25
_TRIALS = 60


class StreamForecast(NamedTuple):
    """What a streaming plan does over simulated streams.

    Attributes:
        saved: Mean share of the steps to come that is accepted.
        certified: Share of the simulations in which any is.
    """

    plan: StreamPlan
    saved: float
    certified: float


def choose_stream(
    risks: Sequence[float] | NDArray[np.float64],
    *,
    alpha: float,
    delta: float,
    labels: int | None = None,
    stratum: str = "stream",
    sure: float = SURE,
    seed: int = 0,
) -> StreamForecast:
    """The streaming plan with these labels, or with the fewest that certify surely enough.

    Args:
        risks: Predicted risks of the steps seen so far, in any order.
        labels: Blind labels to draw; the fewest that do if None.
        sure: Share of the simulated streams that should certify.

    Raises:
        UsageError: Not even labels on all steps would certify that surely, or numbers are out of
            range.
    """
    ranked = np.sort(np.asarray(risks, dtype=float))
    if labels is not None:
        plan = plan_stream(ranked, alpha=alpha, delta=delta, labels=labels, stratum=stratum)
        return forecast_stream(plan, ranked, seed)
    tried = fewest_clean(alpha, delta) if 0.0 < alpha < 1.0 and 0.0 < delta < 1.0 else 1
    while tried <= len(ranked):
        plan = plan_stream(ranked, alpha=alpha, delta=delta, labels=tried, stratum=stratum)
        found = forecast_stream(plan, ranked, seed)
        if found.certified >= sure:
            return found
        tried = int(tried * _LADDER) + 1
    raise UsageError(
        f"{len(ranked)} steps are too few, or too risky, to certify {alpha:.1%} of the steps to"
        " come: let more arrive, improve the ranker, or relax alpha or delta"
    )


def forecast_stream(plan: StreamPlan, risks: Floats, seed: int = 0) -> StreamForecast:
    """Run a plan on streams simulated from the predicted risks, ascending."""
    rng = np.random.default_rng([seed, plan.labels])
    thresholds = np.array(plan.thresholds)
    reached = np.searchsorted(risks, thresholds, side="right") / len(risks)
    saved = []
    for wrong in simulated_truths(risks[: plan.zone], _TRIALS, seed):
        drawn = np.sort(rng.choice(plan.zone, plan.labels, replace=False))
        inside = np.searchsorted(risks[drawn], thresholds, side="right")
        errors = np.concatenate([[0], wrong[drawn].cumsum()])[inside]
        failed = (inside == 0) | (bdtr(errors, inside, plan.alpha) > plan.delta)
        passed = int(np.flatnonzero(failed)[0]) if failed.any() else len(thresholds)
        saved.append(float(reached[passed - 1]) if passed else 0.0)
    return StreamForecast(plan, float(np.mean(saved)), float(np.mean(np.array(saved) > 0)))
