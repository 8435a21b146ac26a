"""The shapes of plans that are tried: where zones end, and how densely each is sampled."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from triage.errors import UsageError
from triage.guarantee.certificate import Plan
from triage.guarantee.choosing.simulate import Floats
from triage.guarantee.procedures.cut import ZONE_SLACK, plan_cut
from triage.guarantee.procedures.declared import Promise
from triage.guarantee.procedures.rising import RisingPlan, plan_rising

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


def plain_cuts(risks: Floats, labels: int, promise: Promise) -> Iterator[Plan]:
    """Plain cuts at several coverages.

    Args:
        risks: Predicted risks, ascending.
        promise: What all of them promise.
    """
    items, reach = len(risks), reach_of(risks, promise)
    for share in PLAIN:
        coverage = share * reach / items
        zone = min(items, int(ZONE_SLACK * coverage * items))
        if labels <= zone:
            yield plan_cut(labels=labels, coverage=coverage, zone=zone, **promise._asdict())


def rising_cut(
    risks: Floats, labels: int, shape: Mapping[str, float], promise: Promise
) -> RisingPlan | None:
    """The rising cut of a shape; None where its zones can't hold its labels.

    Args:
        risks: Predicted risks, ascending.
        shape: A value for every knob.
        promise: What it promises.
    """
    reach = reach_of(risks, promise)
    safe_zone = max(1, round(shape["start"] * reach))
    zone = min(len(risks), round(shape["end"] * reach))
    labels = round(shape["used"] * labels)
    weight = shape["density"] * (zone - safe_zone)
    safe_labels = round(labels * safe_zone / (safe_zone + weight)) if weight > 0.0 else 0
    if not (0 < safe_labels <= safe_zone and 0 < labels - safe_labels <= zone - safe_zone):
        return None
    return plan_rising(
        promise,
        safe_zone=safe_zone,
        safe_labels=safe_labels,
        zone=zone,
        labels=labels,
        safe_errors=float(risks[:safe_zone].sum()),
    )


def reach_of(risks: Floats, promise: Promise) -> int:
    """Length of the longest prefix that keeps the promise if the predicted risks are right."""
    items = len(risks)
    allowed = promise.alpha * (items if promise.target == "total" else np.arange(1, items + 1))
    return int(np.flatnonzero(risks.cumsum() <= allowed).max(initial=0)) + 1


def ranked_risks(risks: Sequence[float] | Floats) -> Floats:
    """Predicted risks in ascending order.

    Raises:
        UsageError: There are none, or they are no probabilities.
    """
    ranked = np.sort(np.asarray(risks, dtype=float))
    if ranked.ndim != 1 or not ranked.size:
        raise UsageError("give the predicted risk of at least one step")
    if not (np.isfinite(ranked).all() and ranked[0] >= 0.0 and ranked[-1] <= 1.0):
        raise UsageError("predicted risks must be probabilities: finite and from 0 to 1")
    return ranked
