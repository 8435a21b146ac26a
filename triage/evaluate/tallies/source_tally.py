"""Counts of one source in one domain, fed trace by trace."""

from typing import NamedTuple

from triage.evaluate.results import SourceMetrics
from triage.evaluate.said import SourceOnTrace
from triage.evaluate.tallies.first_error import FirstErrorTally
from triage.evaluate.tallies.label_tally import LabelTally
from triage.evaluate.tallies.rates import Area, rate
from triage.evaluate.truth import Truth
from triage.records import Validity


class Cell(NamedTuple):
    """A source in a domain; None stands for all domains together."""

    source: str
    domain: str | None


class SourceTally:
    """What is counted of one source, from which its measures follow."""

    def __init__(self) -> None:
        self._saw_reference = False
        self._traces = self._steps = 0
        self._judged = self._evidence = self._opinions = self._abstained = self._failed = 0
        self._first_error = FirstErrorTally()
        self._labels = LabelTally()
        self._area = Area()

    def add(self, truth: Truth, said: SourceOnTrace) -> None:
        """Count one trace that the source took part in."""
        self._saw_reference |= said.saw_reference
        self._traces += 1
        self._steps += len(said.steps)
        self._judged += sum(step.validity is not None for step in said.steps)
        self._evidence += sum(step.evidence for step in said.steps)
        self._opinions += sum(step.evidence and not step.scored for step in said.steps)
        self._abstained += sum(step.abstained for step in said.steps)
        self._failed += sum(step.failed for step in said.steps)
        self._first_error.add(truth, said.steps)
        self._labels.add(truth, said.steps)
        for known, step in zip(truth.validity, said.steps, strict=True):
            if known is not None and step.p_valid is not None:
                self._area.add(step.p_valid, known is Validity.VALID)

    def result(self, cell: Cell) -> SourceMetrics:
        """The measures of what was counted so far."""
        # Where a source cannot have flagged a step there is nothing to call right or wrong.
        first_error = self._first_error if self._judged or self._opinions else None
        area = self._area.result()
        return SourceMetrics(
            source=cell.source,
            domain=cell.domain,
            saw_reference=self._saw_reference,
            traces=self._traces,
            steps=self._steps,
            judged=rate(self._judged, self._steps),
            evidence=rate(self._evidence, self._steps),
            abstained=rate(self._abstained, self._steps),
            failed=rate(self._failed, self._steps),
            incorrect=self._first_error.incorrect.result() if self._opinions else None,
            invalid=first_error.invalid.result() if first_error else None,
            exact_first_error=first_error.exact() if first_error else None,
            processbench=first_error.processbench() if first_error else None,
            labels=self._labels.result() if self._opinions else None,
            auroc=area if area.positives or area.negatives else None,
        )
