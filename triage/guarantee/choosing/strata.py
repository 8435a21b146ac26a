"""Several strata in one promise: how delta and labels are shared, and what may then be said."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.errors import UsageError
from triage.guarantee.choosing.choose import choose_plan
from triage.guarantee.choosing.simulate import Forecast
from triage.guarantee.procedures.declared import Target

Claim = Literal["each", "all"]


class StrataPlan(NamedTuple):
    """A plan for every stratum, and the claim that their certificates make together.

    Attributes:
        claim: "each": every stratum's promise fails with chance at most delta, so among many
            strata some may fail; "all": with chance 1 - delta no stratum's promise fails.
        forecasts: Plan and forecast by stratum.
        refused: Why a stratum has no plan, by stratum; its steps all go to people.
    """

    claim: Claim
    forecasts: Mapping[str, Forecast]
    refused: Mapping[str, str]

    @property
    def saved(self) -> float:
        """Expected share of all planned steps accepted without a human label."""
        items = sum(seen.plan.items for seen in self.forecasts.values())
        return sum(seen.saved * seen.plan.items for seen in self.forecasts.values()) / max(items, 1)


def plan_strata(
    risks: Mapping[str, NDArray[np.float64]],
    *,
    alpha: float,
    delta: float,
    labels: int,
    claim: Claim = "each",
    target: Target = "selective",
    trials: int = 200,
    seed: int = 0,
) -> StrataPlan:
    """Plan every stratum on its own, the labels shared by where they are needed.

    A promise over the whole batch hides a hard stratum behind the easy ones; this one does not.
    Labels are shared in proportion to the square root of the steps, because what a certificate
    costs depends on risk and alpha far more than on size.

    Args:
        risks: Predicted risks of the steps by stratum (domain and predicted validity, say).
        alpha: Largest wrong share to promise in every stratum.
        delta: Chance of a broken promise: per stratum ("each") or over all of them ("all").
        labels: Blind labels over all strata.
        claim: Which of the two the certificates shall say.
        target: "selective" or "total", in every stratum.
        trials: Simulated batches for every stratum.
        seed: Seed of the planning simulations.

    Raises:
        UsageError: No stratum, or no stratum that so few labels could certify.
    """
    if not risks:
        raise UsageError("give at least one stratum with its predicted risks")
    if claim not in ("each", "all"):
        raise UsageError(f"claim is {claim!r}: choose 'each' or 'all'")
    share = delta / len(risks) if claim == "all" else delta
    weights = {name: len(values) ** 0.5 for name, values in risks.items()}
    whole = sum(weights.values())
    forecasts: dict[str, Forecast] = {}
    refused: dict[str, str] = {}
    for name, values in risks.items():
        allotted = min(len(values), max(1, int(labels * weights[name] / whole)))
        try:
            forecasts[name] = choose_plan(
                values,
                alpha=alpha,
                delta=share,
                labels=allotted,
                target=target,
                stratum=name,
                trials=trials,
                seed=seed,
            )
        except UsageError as why:
            refused[name] = str(why)
    if not forecasts:
        raise UsageError("no stratum can be certified: " + "; ".join(refused.values()))
    return StrataPlan(claim, forecasts, refused)
