"""Choose procedure, zones and coverage by simulation, before any step is drawn."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.errors import UsageError
from triage.guarantee.certificate import Plan
from triage.guarantee.cut import CutPlan, Target, check_counts, check_shares, plan_cut
from triage.guarantee.rising import Outcome, RisingPlan, cut, plan_rising, promised

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

SCREENED = 40
"""Simulated batches for a first look at every candidate."""
FINALISTS = 6
"""Candidates that get all simulated batches."""
DOUBT = 0.2
"""Spread (log scale) of the factor by which predicted risks may all be off."""
SURE = 0.95
"""Share of simulated batches in which a plan should certify."""
WORTH = 0.9
"""A plan that certifies that surely is taken if it saves at least this part of the best one's."""


class Forecast(NamedTuple):
    """What a plan does over simulated batches.

    Attributes:
        plan: The plan.
        saved: Mean share of the batch accepted without a human label, uncertified batches as 0.
        certified: Share of the batches in which the promise is certified.
    """

    plan: Plan
    saved: float
    certified: float


def choose_plan(
    risks: Sequence[float] | Floats,
    *,
    alpha: float,
    delta: float,
    labels: int,
    target: Target = "selective",
    stratum: str = "batch",
    attempts: int = 1,
    attempt: int = 1,
    trials: int = 200,
    seed: int = 0,
) -> Forecast:
    """The plan that saves most human labels over batches simulated from the predicted risks.

    It sees no label of the batch, so whatever it picks is valid; risks that are wrong only cost
    coverage. Fewer labels than allowed are drawn where more would save nothing.

    Args:
        risks: Predicted risk of every step's machine label, each in [0, 1], in any order.
        alpha: Largest wrong share to promise.
        delta: Chance of a broken promise.
        labels: Blind labels to draw at most.
        target: "selective" promises a share of the machine-only steps, "total" of all steps.
        stratum: Name of the steps it speaks of.
        attempts: Draws declared for this stratum before the first of them.
        attempt: Which of them this is, from 1.
        trials: Simulated batches.
        seed: Seed of the simulation.

    Raises:
        UsageError: Risks that are no probabilities, numbers out of range, or too few labels for
            any plan (the message says how many would do).
    """
    check_shares(alpha=alpha, delta=delta)
    check_counts(labels=labels, trials=trials)
    ranked = _checked(risks)
    common = {
        "items": len(ranked),
        "alpha": alpha,
        "delta": delta,
        "target": target,
        "stratum": stratum,
        "attempts": attempts,
        "attempt": attempt,
    }
    plans = [plan for plan in _candidates(ranked, labels, common) if plan.can_certify]
    if not plans:
        needed = _fewest(ranked, common)
        raise UsageError(
            f"no draw of {labels} labels can certify {alpha:.1%} of these {len(ranked)} steps:"
            f" {needed} labels would do if none shows an error; add labels or relax alpha or delta"
        )
    truths = simulated_truths(ranked, trials, seed)
    first = [forecast(plan, truths[:SCREENED], seed) for plan in plans]
    first.sort(key=lambda seen: -seen.saved)
    final = [forecast(seen.plan, truths, seed) for seen in first[:FINALISTS]]
    best = max(final, key=lambda seen: seen.saved)
    sure = [f for f in final if f.certified >= SURE and f.saved >= WORTH * best.saved]
    return max(sure or [best], key=lambda seen: seen.saved)


def simulated_truths(risks: Floats, trials: int, seed: int) -> Flags:
    """Possible error patterns of a batch (trials, N): right risks up to one common factor."""
    rng = np.random.default_rng(seed)
    factors = np.exp(DOUBT * rng.normal(size=trials))
    return np.stack([rng.random(len(risks)) < np.minimum(1.0, f * risks) for f in factors])


def forecast(plan: Plan, truths: Flags, seed: int = 0) -> Forecast:
    """Run a plan on batches with known errors (trials, N), safest step first."""
    rng = np.random.default_rng([seed, plan.labels])
    kept = [certified_alone(plan, simulate_cut(plan, wrong, rng)) for wrong in truths]
    return Forecast(plan, float(np.mean(kept)) / plan.items, float(np.mean(np.array(kept) > 0)))


def certified_alone(plan: Plan, outcome: Outcome) -> int:
    """Machine-only steps of an outcome that keeps its promise, else 0."""
    alone = np.array([outcome.machine_only])
    return outcome.machine_only if outcome.wrong_at_most <= promised(plan, alone)[0] else 0


def simulate_cut(plan: Plan, wrong: Flags, rng: np.random.Generator) -> Outcome:
    """The outcome of one draw from a batch with known errors, without naming its steps."""
    if isinstance(plan, CutPlan):
        drawn = np.sort(rng.choice(plan.zone, plan.labels, replace=False, shuffle=False))
        found = drawn[wrong[drawn]]
        stop = plan.stop_at_error
        accepted = int(found[stop - 1]) if len(found) >= stop else plan.zone
        alone = accepted - int(np.searchsorted(drawn, accepted))
        return Outcome(accepted, alone, plan.budget)
    safe, risky = plan.safe, plan.risky
    bad = int(wrong[: safe.steps].sum())
    found_safe = int(rng.hypergeometric(bad, safe.steps - bad, safe.labels)) if bad else 0
    drawn = rng.choice(risky.steps, risky.labels, replace=False, shuffle=False)
    sampled = np.zeros(risky.steps + 1, dtype=np.int64)
    sampled[drawn + 1] = 1
    found = np.zeros_like(sampled)
    found[1:] = sampled[1:] * wrong[plan.safe_zone : plan.zone]
    return cut(plan, found_safe, found.cumsum(), sampled.cumsum())


def _candidates(risks: Floats, labels: int, common: dict[str, object]) -> Iterator[Plan]:
    items = len(risks)
    alpha = float(str(common["alpha"]))
    expected = risks.cumsum()
    if common["target"] == "total":
        reach = int(np.searchsorted(expected, alpha * items))
    else:
        reach = int(np.flatnonzero(expected <= alpha * np.arange(1, items + 1)).max(initial=0)) + 1
    for share in (0.6, 0.7, 0.76, 0.82, 0.88, 0.94):
        coverage = share * reach / items
        zone = min(items, max(int(1.15 * coverage * items), 2))
        if labels <= zone:
            yield plan_cut(labels=labels, coverage=coverage, zone=zone, **common)  # type: ignore[arg-type]
    for used in (1.0, 0.75, 0.5):
        for start in (0.5, 0.62, 0.74, 0.84):
            for end in (1.0, 1.06):
                for density in (1.0, 1.6, 2.6):
                    plan = _two_zones(
                        expected, int(used * labels), start * reach, end * reach, density, common
                    )
                    if plan is not None:
                        yield plan


def _two_zones(
    expected: Floats,
    labels: int,
    start: float,
    end: float,
    density: float,
    common: dict[str, object],
) -> RisingPlan | None:
    safe_zone, zone = max(1, round(start)), min(len(expected), round(end))
    if zone <= safe_zone:
        return None
    safe_labels = round(labels * safe_zone / (safe_zone + density * (zone - safe_zone)))
    risky_labels = labels - safe_labels
    if not (0 < safe_labels <= safe_zone and 0 < risky_labels <= zone - safe_zone):
        return None
    return plan_rising(
        safe_zone=safe_zone,
        safe_labels=safe_labels,
        zone=zone,
        labels=labels,
        safe_errors=float(expected[safe_zone - 1]),
        **common,  # type: ignore[arg-type]
    )


def _fewest(risks: Floats, common: dict[str, object]) -> int:
    items = len(risks)
    best = items
    for share in (0.2, 0.4, 0.6, 0.8, 1.0):
        zone = max(1, int(share * items))
        plan = plan_cut(labels=1, coverage=share, zone=zone, **common)  # type: ignore[arg-type]
        best = min(best, plan.fewest_labels)
    return best


def _checked(risks: Sequence[float] | Floats) -> Floats:
    ranked = np.sort(np.asarray(risks, dtype=float))
    if ranked.ndim != 1 or not ranked.size:
        raise UsageError("give the predicted risk of at least one step")
    if not (np.isfinite(ranked).all() and ranked[0] >= 0.0 and ranked[-1] <= 1.0):
        raise UsageError("predicted risks must be probabilities: finite and from 0 to 1")
    return ranked
