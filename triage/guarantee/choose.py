"""Choose procedure, zones and coverage by simulation, before any step is drawn."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from triage.errors import UsageError
from triage.guarantee.certificate import Plan
from triage.guarantee.cut import ZONE_SLACK, Target, check_counts, check_shares, plan_cut
from triage.guarantee.rising import RisingPlan, plan_rising
from triage.guarantee.simulate import Flags, Floats, Forecast, forecast, simulated_truths

PLAIN = (0.58, 0.66, 0.74, 0.82, 0.9)
"""Coverages tried for the plain cut, as shares of what the predicted risks would allow."""
KNOBS = {
    "start": (0.58, 0.42, 0.5, 0.66, 0.74),
    "density": (1.2, 1.0, 1.6, 2.2),
    "used": (1.0, 0.75, 0.5, 0.35),
    "end": (1.06, 1.0, 1.14),
}
"""Shapes tried for the rising cut: where the zones end as shares of that same reach, how much
denser the risky zone is sampled, and the part of the allowed labels drawn. The first is usual."""
USUAL = {knob: values[0] for knob, values in KNOBS.items()}
MARGIN = 0.1
"""How much more than the usual shape another must save in simulations to be preferred: predicted
risks are never quite right, and the best of many looks better than it is."""
LADDER = 1.25
"""Ratio of neighbouring label counts when the fewest sufficient labels are sought."""
MOST_MODEST = 60
"""Label counts below this are not tried."""
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
    truths = simulated_truths(ranked, trials, seed)
    seen = _searched(ranked, labels, common, truths[:SCREENED], seed)
    if not seen:
        raise _refusal(ranked, labels, common)
    seen.sort(key=lambda first: -first.saved)
    final = [forecast(first.plan, truths, seed) for first in seen[:FINALISTS]]
    best = max(final, key=_saved)
    sure = [last for last in final if last.certified >= SURE and last.saved >= WORTH * best.saved]
    chosen = max(sure or [best], key=_saved)
    shapes = (USUAL | {"used": used} for used in KNOBS["used"])
    plans = (_rising_cut(ranked, labels, shape, common) for shape in shapes)
    usual = [forecast(plan, truths, seed) for plan in plans if plan and plan.can_certify]
    if usual and max(map(_saved, usual)) >= chosen.saved - MARGIN:
        return max(usual, key=_saved)
    return chosen


def _saved(seen: Forecast) -> float:
    return seen.saved


def choose_labels(
    risks: Sequence[float] | Floats,
    *,
    alpha: float,
    delta: float,
    at_most: int,
    target: Target = "selective",
    stratum: str = "batch",
    sure: float = SURE,
    trials: int = 120,
    seed: int = 0,
) -> Forecast:
    """The plan with the fewest labels that certifies in a share `sure` of simulated batches.

    Label counts are tried a quarter apart, up to `at_most`.

    Raises:
        UsageError: Not even `at_most` labels certify that surely; the message says how often.
    """
    check_counts(at_most=at_most)
    rungs = [at_most]
    while rungs[-1] > MOST_MODEST:
        rungs.append(int(rungs[-1] / LADDER))

    def planned(labels: int) -> Forecast:
        return choose_plan(
            risks,
            alpha=alpha,
            delta=delta,
            labels=labels,
            target=target,
            stratum=stratum,
            trials=trials,
            seed=seed,
        )

    best = planned(at_most)
    if best.certified < sure:
        raise UsageError(
            f"{at_most} labels certify {alpha:.1%} in {best.certified:.0%} of simulated batches,"
            f" not in {sure:.0%}: allow more labels, or relax alpha or delta"
        )
    enough, short = 0, len(rungs)  # more labels certify more surely: bisect the ladder
    while short - enough > 1:
        middle = (enough + short) // 2
        try:
            tried = planned(rungs[middle])
        except UsageError:
            short = middle
            continue
        if tried.certified >= sure:
            enough, best = middle, tried
        else:
            short = middle
    return best


def _searched(
    risks: Floats, labels: int, common: Mapping[str, object], truths: Flags, seed: int
) -> list[Forecast]:
    """Forecasts of the plain cuts, and of the rising cuts met on a search one knob at a time."""
    seen = [
        forecast(plan, truths, seed)
        for plan in _plain_cuts(risks, labels, common)
        if plan.can_certify
    ]
    shape = dict(USUAL)
    best, met = -1.0, set()
    for knob, values in KNOBS.items():
        for value in values:
            tried = shape | {knob: value}
            plan = _rising_cut(risks, labels, tried, common)
            if plan is None or plan in met or not plan.can_certify:
                continue
            met.add(plan)
            seen.append(forecast(plan, truths, seed))
            if seen[-1].saved > best:
                best, shape = seen[-1].saved, tried
    return seen


def _plain_cuts(risks: Floats, labels: int, common: Mapping[str, object]) -> Iterator[Plan]:
    items, reach = len(risks), _reach(risks, common)
    for share in PLAIN:
        coverage = share * reach / items
        zone = min(items, int(ZONE_SLACK * coverage * items))
        if labels <= zone:
            yield plan_cut(labels=labels, coverage=coverage, zone=zone, **common)  # type: ignore[arg-type]


def _rising_cut(
    risks: Floats, labels: int, shape: Mapping[str, float], common: Mapping[str, object]
) -> RisingPlan | None:
    reach = _reach(risks, common)
    safe_zone = max(1, round(shape["start"] * reach))
    zone = min(len(risks), round(shape["end"] * reach))
    labels = round(shape["used"] * labels)
    weight = shape["density"] * (zone - safe_zone)
    safe_labels = round(labels * safe_zone / (safe_zone + weight)) if weight > 0.0 else 0
    if not (0 < safe_labels <= safe_zone and 0 < labels - safe_labels <= zone - safe_zone):
        return None
    return plan_rising(
        safe_zone=safe_zone,
        safe_labels=safe_labels,
        zone=zone,
        labels=labels,
        safe_errors=float(risks[:safe_zone].sum()),
        **common,  # type: ignore[arg-type]
    )


def _reach(risks: Floats, common: Mapping[str, object]) -> int:
    # The longest prefix that keeps the promise if the predicted risks are right.
    alpha, items = float(str(common["alpha"])), len(risks)
    allowed = alpha * (items if common["target"] == "total" else np.arange(1, items + 1))
    return int(np.flatnonzero(risks.cumsum() <= allowed).max(initial=0)) + 1


def _refusal(risks: Floats, labels: int, common: Mapping[str, object]) -> UsageError:
    items, reach = len(risks), _reach(risks, common)
    alpha = float(str(common["alpha"]))
    if reach * alpha < 1.0:
        return UsageError(
            f"cannot certify {alpha:.1%} of these {items} steps with any number of labels: by the"
            " predicted risks even the safest of them are worse; improve the ranker or relax alpha"
        )
    needed = min(
        plan_cut(labels=1, coverage=share * reach / items, **common).fewest_labels  # type: ignore[arg-type]
        for share in (0.25, 0.5, 0.75, 1.0)
    )
    return UsageError(
        f"no draw of {labels} labels can certify {alpha:.1%} of these {items} steps: at least"
        f" {max(needed, labels + 1)} are needed, which do if none of them shows an error; add"
        " labels, or relax alpha or delta"
    )


def _checked(risks: Sequence[float] | Floats) -> Floats:
    ranked = np.sort(np.asarray(risks, dtype=float))
    if ranked.ndim != 1 or not ranked.size:
        raise UsageError("give the predicted risk of at least one step")
    if not (np.isfinite(ranked).all() and ranked[0] >= 0.0 and ranked[-1] <= 1.0):
        raise UsageError("predicted risks must be probabilities: finite and from 0 to 1")
    return ranked
