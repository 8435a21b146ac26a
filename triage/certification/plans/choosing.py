"""Chooses the plan of a batch by simulation from its predicted risks; sees no label."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from triage.certification.plans.cuts import SURE, Terms, best_cut, expected_cut, fewest_cut
from triage.errors import UsageError
from triage.guarantee import Forecast, Plan, choose_labels, choose_plan

_MOST_LABELS: Final = 5_000
"""Labels above which none are sought by simulation; nor above half of the steps."""
_MODEST: Final = 60
"""Labels below which no better procedure is sought than a plain cut."""


def chosen_plan(
    risks: Sequence[float], labels: int | None, terms: Terms, coverage: float | None
) -> Forecast | Plan:
    """The plan that saves most, among those that are sure enough to certify.

    Args:
        risks: Predicted risks, in any order.
        labels: Blind labels to draw; the fewest that do in simulations if None.
        coverage: Share of the steps expected to be accepted, in the place of simulations.

    Raises:
        UsageError: No such plan can certify, or numbers are out of range.
    """
    if coverage is not None:
        if labels is None or terms.target == "total":
            raise UsageError("--coverage goes with --labels, and with a selective promise only")
        return expected_cut(len(risks), labels, coverage, terms)
    ranked = np.sort(np.asarray(risks, dtype=np.float64))
    most = max(1, min(len(risks) // 2, _MOST_LABELS))
    if labels is None:
        cut = fewest_cut(ranked, most, terms)
        # where a plain cut takes few labels already, a cleverer plan saves nothing to speak of
        if cut is not None and cut.plan.labels <= _MODEST:
            return cut
        try:
            return choose_labels(risks, at_most=most, **terms._asdict())
        except UsageError as why:
            if cut is None:
                raise _refusal(why, terms) from why
            return cut
    cut = best_cut(ranked, labels, terms)
    try:
        found = choose_plan(risks, labels=labels, **terms._asdict())
    except UsageError as why:
        if cut is None:
            raise _refusal(why, terms) from why
        return cut
    return max(
        (one for one in (found, cut) if one is not None),
        key=lambda one: (one.certified >= SURE, one.saved),
    )


def _refusal(why: UsageError, terms: Terms) -> UsageError:
    if terms.target == "total":
        return why
    return UsageError(
        f"{why}; `triage calibrate` makes predicted risks honest, and --labels with --coverage "
        "plans without them"
    )
