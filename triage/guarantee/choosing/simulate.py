"""What a plan would do: draws simulated on batches whose errors are known."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.guarantee.certificate import Plan
from triage.guarantee.procedures.cut import CutPlan
from triage.guarantee.procedures.rising import Outcome, cut, promised

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

DOUBT = 0.35
"""Spread (log scale) of the factor by which predicted risks may all be off."""


class Simulated(NamedTuple):
    """A simulated draw: where it leads, and how many wrong labels were truly left there."""

    outcome: Outcome
    left: int


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


def simulated_truths(risks: Floats, trials: int, seed: int) -> Flags:
    """Possible error patterns of a batch (trials, N): right risks up to one common factor."""
    rng = np.random.default_rng(seed)
    factors = np.exp(DOUBT * rng.normal(size=trials))
    return np.stack([rng.random(len(risks)) < np.minimum(1.0, f * risks) for f in factors])


def forecast(plan: Plan, truths: Flags, seed: int = 0) -> Forecast:
    """Run a plan on batches with known errors (trials, N), safest step first."""
    rng = np.random.default_rng([seed, plan.labels])
    kept = [kept_alone(plan, simulate_cut(plan, wrong, rng).outcome) for wrong in truths]
    return Forecast(plan, float(np.mean(kept)) / plan.items, float(np.mean(np.array(kept) > 0)))


def kept_alone(plan: Plan, outcome: Outcome) -> int:
    """Machine-only steps of an outcome that keeps its promise, else 0."""
    alone = np.array([outcome.machine_only])
    return outcome.machine_only if outcome.wrong_at_most <= promised(plan, alone)[0] else 0


def simulate_cut(plan: Plan, wrong: Flags, rng: np.random.Generator) -> Simulated:
    """One draw from a batch with known errors, by numpy's generator instead of the hashes."""
    if isinstance(plan, CutPlan):
        drawn = np.sort(rng.choice(plan.zone, plan.labels, replace=False, shuffle=False))
        found = drawn[wrong[drawn]]
        stop = plan.stop_at_error
        accepted = int(found[stop - 1]) if len(found) >= stop else plan.zone
        alone = accepted - int(np.searchsorted(drawn, accepted))
        caught = int(np.searchsorted(found, accepted))
        return Simulated(
            Outcome(accepted, alone, plan.budget), int(wrong[:accepted].sum()) - caught
        )
    safe, risky = plan.safe, plan.risky
    bad = int(wrong[: safe.steps].sum())
    found_safe = int(rng.hypergeometric(bad, safe.steps - bad, safe.labels)) if bad else 0
    drawn = np.sort(rng.choice(risky.steps, risky.labels, replace=False, shuffle=False))
    found = drawn[wrong[plan.safe_zone + drawn]]
    outcome = cut(plan, found_safe, found, drawn)
    if not outcome.accepted:
        return Simulated(outcome, 0)
    caught = found_safe + int(np.searchsorted(found, outcome.accepted - plan.safe_zone))
    return Simulated(outcome, int(wrong[: outcome.accepted].sum()) - caught)
