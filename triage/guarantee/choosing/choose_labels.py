"""Finds the fewest labels that certify surely enough, by simulation before any step is drawn."""

from collections.abc import Callable, Sequence

from triage.errors import UsageError
from triage.guarantee.choosing.choose import SCREENED, SURE, choose_plan
from triage.guarantee.choosing.shapes import USUAL, plain_cuts, ranked_risks, rising_cut
from triage.guarantee.choosing.simulate import Floats, Forecast, forecast, simulated_truths
from triage.guarantee.procedures.declared import Promise, Target, check_counts, check_shares

LADDER = 1.25
"""Ratio of neighbouring label counts."""
MOST_MODEST = 60
"""Label counts below this are not tried."""


def choose_labels(
    risks: Sequence[float] | Floats,
    *,
    alpha: float,
    delta: float,
    at_most: int,
    target: Target = "selective",
    stratum: str = "batch",
    attempts: int = 1,
    sure: float = SURE,
    trials: int = 120,
    seed: int = 0,
) -> Forecast:
    """The plan with the fewest labels that certifies in a share `sure` of simulated batches.

    Label counts are tried a quarter apart, up to `at_most`.

    Args:
        risks: Predicted risk of every step's machine label, in any order.
        alpha: Largest wrong share to promise.
        delta: Chance of a broken promise.
        at_most: Largest number of labels.
        target: "selective" promises a share of the machine-only steps, "total" of all steps.
        stratum: Name of the steps it speaks of.
        attempts: Draws declared for this stratum; each has to certify at delta / attempts.
        sure: Share of the simulated batches that should certify.
        trials: Simulated batches.
        seed: Seed of the simulation.

    Raises:
        UsageError: Not even `at_most` labels certify that surely; the message says how often, and
            how many would.
    """
    check_shares(alpha=alpha, delta=delta)
    check_counts(at_most=at_most, trials=trials, attempts=attempts)
    ranked = ranked_risks(risks)
    promise = Promise(len(ranked), alpha, delta, target, stratum, attempts)
    truths = simulated_truths(ranked, min(trials, SCREENED), seed)

    def likely(labels: int) -> bool:
        # the usual shapes tell nearly as much as a search, in a tenth of its time
        plans = [*plain_cuts(ranked, labels, promise), rising_cut(ranked, labels, USUAL, promise)]
        able = (plan for plan in plans if plan is not None and plan.can_certify)
        return any(forecast(plan, truths, seed).certified >= sure for plan in able)

    def chosen(labels: int) -> Forecast:
        return choose_plan(
            ranked, alpha=alpha, delta=delta, labels=labels, target=target, stratum=stratum,
            attempts=attempts, trials=trials, seed=seed,
        )  # fmt: skip

    rungs = _rungs(at_most)
    for labels in rungs[_first(likely, rungs) :] or rungs[-1:]:
        found = chosen(labels)
        if found.certified >= sure:
            return found
    beyond = _rungs(len(ranked) // 2)[len(rungs) :]
    told = "relax alpha or delta"
    for labels in beyond[_first(likely, beyond) :]:
        more = chosen(labels)
        if more.certified >= sure:
            told = f"about {labels} would"
            break
    raise UsageError(
        f"{at_most} labels certify {alpha:.1%} in {found.certified:.0%} of simulated batches,"
        f" not in {sure:.0%}: {told}"
    )


def _rungs(at_most: int) -> list[int]:
    """Label counts to try, ascending."""
    rungs = [min(MOST_MODEST, at_most)]
    while rungs[-1] < at_most:
        rungs.append(min(at_most, int(rungs[-1] * LADDER)))
    return rungs


def _first(enough: Callable[[int], bool], rungs: Sequence[int]) -> int:
    """The first place from which labels are enough: few are quick to try, so from below."""
    low, high, step = -1, 0, 1
    while high < len(rungs) and not enough(rungs[high]):
        low, high, step = high, high + step, 2 * step
    high = min(high, len(rungs))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(rungs[middle]) else (middle, high)
    return high
