"""Choose procedure, zones and coverage by simulation, before any step is drawn."""

from collections.abc import Sequence

from triage.errors import UsageError
from triage.guarantee.choosing.shapes import (
    KNOBS,
    USUAL,
    plain_cuts,
    ranked_risks,
    reach_of,
    rising_cut,
)
from triage.guarantee.choosing.simulate import Flags, Floats, Forecast, forecast, simulated_truths
from triage.guarantee.procedures.cut import plan_cut
from triage.guarantee.procedures.declared import Promise, Target, check_counts, check_shares

MARGIN = 0.1
"""How much more than the usual shape another must save in simulations to be preferred: predicted
risks are never quite right, and the best of many looks better than it is."""
SCREENED = 40
"""Simulated batches for a first look at every candidate."""
FINALISTS = 5
"""Candidates that get all simulated batches."""
SURE = 0.95
"""Share of simulated batches in which a plan should certify."""
WORTH = 0.9
"""A plan that certifies that surely is taken if it saves at least this part of the best one's."""


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
    ranked = ranked_risks(risks)
    promise = Promise(len(ranked), alpha, delta, target, stratum, attempts, attempt)
    truths = simulated_truths(ranked, trials, seed)
    seen = _searched(ranked, labels, promise, truths[:SCREENED], seed)
    if not seen:
        raise _refusal(ranked, labels, promise)
    seen.sort(key=_saved, reverse=True)
    final = [forecast(first.plan, truths, seed) for first in seen[:FINALISTS]]
    best = max(final, key=_saved)
    sure = [last for last in final if last.certified >= SURE and last.saved >= WORTH * best.saved]
    chosen = max(sure or [best], key=_saved)
    shapes = (USUAL | {"used": used} for used in KNOBS["used"])
    plans = (rising_cut(ranked, labels, shape, promise) for shape in shapes)
    usual = [forecast(plan, truths, seed) for plan in plans if plan and plan.can_certify]
    near = [one for one in usual if one.saved >= chosen.saved - MARGIN]
    return max(near or [chosen], key=_saved)


def _saved(seen: Forecast) -> float:
    return seen.saved


def _searched(
    risks: Floats, labels: int, promise: Promise, truths: Flags, seed: int
) -> list[Forecast]:
    """Forecasts of the plain cuts, and of the rising cuts met on a search one knob at a time."""
    seen = [
        forecast(plan, truths, seed)
        for plan in plain_cuts(risks, labels, promise)
        if plan.can_certify
    ]
    shape = dict(USUAL)
    best, met = -1.0, set()
    for knob, values in KNOBS.items():
        for value in values:
            tried = shape | {knob: value}
            plan = rising_cut(risks, labels, tried, promise)
            if plan is None or plan in met or not plan.can_certify:
                continue
            met.add(plan)
            seen.append(forecast(plan, truths, seed))
            if seen[-1].saved > best:
                best, shape = seen[-1].saved, tried
    return seen


def _refusal(risks: Floats, labels: int, promise: Promise) -> UsageError:
    items, reach = len(risks), reach_of(risks, promise)
    alpha = promise.alpha
    if reach * alpha < 1.0:
        return UsageError(
            f"cannot certify {alpha:.1%} of these {items} steps with any number of labels: by the"
            " predicted risks even the safest of them are worse; improve the ranker or relax alpha"
        )
    if reach < labels:
        return UsageError(
            f"cannot certify {alpha:.1%} of these {items} steps with {labels} labels: by the"
            f" predicted risks only about {reach} of them are safe enough, fewer than are to be"
            " labelled; ask for fewer labels, improve the ranker or relax alpha"
        )
    needed = min(
        plan_cut(labels=1, coverage=share * reach / items, **promise._asdict()).fewest_labels
        for share in (0.25, 0.5, 0.75, 1.0)
    )
    return UsageError(
        f"no draw of {labels} labels can certify {alpha:.1%} of these {items} steps: at least"
        f" {max(needed, labels + 1)} are needed, which do if none of them shows an error; add"
        " labels, or relax alpha or delta"
    )
