"""Holds the machine's labels and probabilities against labels of one kind."""

from array import array
from collections import Counter, defaultdict
from math import ceil
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from triage.calibration import Bin, CalibrationReport, calibration_report
from triage.evaluate import RateWithInterval
from triage.evaluate.tallies.rates import ClusteredShare
from triage.records import Label, StepDecision, Validity
from triage.report.figures import BinFigures, CurveFigures, Estimate, Population, Quality
from triage.report.tallies.jackknife import GROUPS, estimate

FEWEST: Final = 20
"""Labelled steps below which no curve is drawn: it would show chance."""
_COVERAGES: Final = tuple(place / 20 for place in range(1, 21))
_SILENT: Final = "no opinion"

_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


class Known(NamedTuple):
    """What is true of a step; the label is None where only the validity is known."""

    label: Label | None
    validity: Validity


class QualityTally:
    """The labelled steps of one population; some forty bytes a step are kept."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._trace, self._wrong = array("q"), array("b")
        self._displayed, self._score = array("d"), array("d")
        self._confusion: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, trace: int, decision: StepDecision, known: Known) -> None:
        """Count a step of the trace with this number."""
        said = decision.label or decision.validity
        self._confusion[said.value if said else _SILENT][(known.label or known.validity).value] += 1
        if decision.validity is None or decision.confidence is None:
            return
        named = decision.label is not None and known.label is not None
        wrong = decision.label is not known.label if named else (
            decision.validity is not known.validity
        )  # fmt: skip
        self._trace.append(trace)
        self._wrong.append(wrong)
        self._displayed.append(decision.confidence)
        self._score.append(decision.score)

    def result(self) -> Quality | None:
        """The measures so far; None without a labelled step."""
        labelled = sum(row.total() for row in self._confusion.values())
        if not labelled:
            return None
        arrays = _Arrays(
            np.array(self._trace), np.array(self._displayed), np.array(self._score),
            np.array(self._wrong, dtype=np.bool_),
        )  # fmt: skip
        groups = sorted(set((arrays.trace % GROUPS).tolist()))
        parts = {group: arrays.without(group).report() for group in (None, *groups)}
        whole, steps = parts[None], len(self._wrong)

        def measured(name: str) -> Estimate:
            return estimate(lambda group: getattr(parts[group], name), groups, n=steps, high=1.0)

        enough = steps >= FEWEST
        return Quality(
            population=self._population,
            steps=labelled,
            traces=len(set(self._trace)),
            silent=labelled - steps,
            wrong=arrays.wrong_share(np.ones(steps, dtype=np.bool_)),
            ece=measured("ece"),
            brier=measured("brier"),
            aurc=measured("aurc"),
            bins=tuple(_bin(one, arrays) for one in whole.bins) if enough else (),
            curve=arrays.curve() if enough else (),
            confusion={word: dict(row) for word, row in self._confusion.items()},
        )


class _Arrays(NamedTuple):
    """One entry a step on which the machine has an opinion."""

    trace: NDArray[np.int64]
    displayed: _Floats
    score: _Floats
    wrong: _Bools

    def without(self, group: int | None) -> "_Arrays":
        if group is None:
            return self
        kept = self.trace % GROUPS != group
        return _Arrays(*(column[kept] for column in self))

    def curve(self) -> tuple[CurveFigures, ...]:
        """The safest steps up to each coverage, with all steps of the last one's score."""
        order = np.sort(self.score)
        places = {ceil(coverage * len(order)) - 1 for coverage in _COVERAGES}
        found = []
        for score in sorted({float(order[place]) for place in places}):
            inside = self.score <= score
            coverage = float(inside.mean())
            found.append(CurveFigures(coverage=coverage, risk=self.wrong_share(inside)))
        return tuple(found)

    def report(self) -> CalibrationReport:
        return calibration_report(
            self.displayed.tolist(), (~self.wrong).tolist(), self.score.tolist()
        )

    def wrong_share(self, chosen: _Bools) -> RateWithInterval:
        share = ClusteredShare()
        traces, wrong = self.trace[chosen], self.wrong[chosen]
        _, place, sizes = np.unique(traces, return_inverse=True, return_counts=True)
        found = np.bincount(place, weights=wrong, minlength=len(sizes))
        for of, count in zip(sizes.tolist(), found.tolist(), strict=True):
            share.add_trace(round(count), of)
        return share.result()


def _bin(one: Bin, arrays: _Arrays) -> BinFigures:
    last = one.high >= 1.0
    inside = (arrays.displayed >= one.low) & ((arrays.displayed < one.high) | last)
    wrong = arrays.wrong_share(inside)
    return BinFigures(
        **one.model_dump(),
        right_low=None if wrong.high is None else 1 - wrong.high,
        right_high=None if wrong.low is None else 1 - wrong.low,
    )
