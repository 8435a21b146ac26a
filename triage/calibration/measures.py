"""How honest displayed probabilities are, and how well a risk orders what is wrong."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from triage.calibration.curves import Floats
from triage.records import Record

_BINS: Final = 10
_POINTS: Final = 100


class Bin(Record):
    """Steps whose displayed probabilities lie between two bounds.

    Attributes:
        displayed: Mean displayed probability; None in an empty bin.
        right: Share on which the machine was right.
    """

    low: float
    high: float
    steps: int
    displayed: float | None
    right: float | None


class CoveragePoint(Record):
    """The error among the safest steps, if so large a share of all were accepted."""

    coverage: float
    risk: float


class CalibrationReport(Record):
    """Measures of displayed probabilities; None where there is nothing to measure.

    Attributes:
        ece: Expected calibration error, the bins' mean gap weighed by their steps.
        brier: Mean squared distance of the probability from what came true.
        aurc: Area under the risk-coverage curve; lower orders better.
    """

    steps: int
    ece: float | None
    brier: float | None
    aurc: float | None
    bins: tuple[Bin, ...]
    curve: tuple[CoveragePoint, ...]


def calibration_report(
    displayed: Sequence[float], right: Sequence[bool], score: Sequence[float] | None = None
) -> CalibrationReport:
    """Hold displayed probabilities against what came true.

    Args:
        score: Predicted risks, by which steps are ordered; by default the reverse of `displayed`.
    """
    p = np.asarray(displayed, dtype=np.float64)
    hit = np.asarray(right, dtype=np.float64)
    risk = 1 - p if score is None else np.asarray(score, dtype=np.float64)
    if not len(p):
        return CalibrationReport(steps=0, ece=None, brier=None, aurc=None, bins=(), curve=())
    bins = _bins(p, hit)
    gaps = [abs(b.displayed - b.right) * b.steps for b in bins if b.displayed is not None
            and b.right is not None]  # fmt: skip
    return CalibrationReport(
        steps=len(p),
        ece=float(sum(gaps) / len(p)),
        brier=float(((p - hit) ** 2).mean()),
        aurc=area_under_risk_coverage(risk, 1 - hit),
        bins=bins,
        curve=risk_coverage(risk, 1 - hit),
    )


def area_under_risk_coverage(risk: Floats, wrong: Floats) -> float:
    """Mean error over all coverages, steps accepted from the least risk on; ties share their error.

    Source: Geifman, Uziel and El-Yaniv 2019, arXiv 1805.08206.
    """
    return float(_errors_by_coverage(risk, wrong).mean())


def risk_coverage(risk: Floats, wrong: Floats) -> tuple[CoveragePoint, ...]:
    """The risk-coverage curve at up to a hundred coverages."""
    errors = _errors_by_coverage(risk, wrong)
    count = len(errors)
    places = np.unique(np.ceil(np.linspace(0, count, _POINTS + 1)[1:]).astype(int)) - 1
    return tuple(
        CoveragePoint(coverage=float((at + 1) / count), risk=float(errors[at])) for at in places
    )


def _errors_by_coverage(risk: Floats, wrong: Floats) -> Floats:
    _, place, count = np.unique(risk, return_inverse=True, return_counts=True)
    tied = np.bincount(place, weights=wrong) / count
    expected = np.repeat(tied, count)
    errors: Floats = np.cumsum(expected) / np.arange(1, len(expected) + 1)
    return errors


def _bins(p: Floats, hit: Floats) -> tuple[Bin, ...]:
    place = np.clip((p * _BINS).astype(int), 0, _BINS - 1)
    found = []
    for at in range(_BINS):
        inside = place == at
        steps = int(inside.sum())
        found.append(
            Bin(
                low=at / _BINS,
                high=(at + 1) / _BINS,
                steps=steps,
                displayed=float(p[inside].mean()) if steps else None,
                right=float(hit[inside].mean()) if steps else None,
            )
        )
    return tuple(found)
