"""The front door: feed it traces with what was said of them, then ask for the result."""

from collections import defaultdict
from collections.abc import Sequence

from triage.evaluate.results import EvaluationResult
from triage.evaluate.said import machine_on, sources_on
from triage.evaluate.tallies.source_tally import Cell, SourceTally
from triage.evaluate.tallies.triage_tally import TriageTally
from triage.evaluate.truth import truth_of
from triage.records import Findings, StepDecision, Trace


class Evaluation:
    """Sources and triage against human labels.

    Memory grows with the number of sources, domains and distinct scores, not of traces.

    Example:
        >>> evaluation = Evaluation()
        >>> evaluation.result().traces
        0
    """

    def __init__(self) -> None:
        self._traces = self._with_first_error = self._with_step_labels = 0
        self._sources: defaultdict[Cell, SourceTally] = defaultdict(SourceTally)
        self._triage: defaultdict[str | None, TriageTally] = defaultdict(TriageTally)

    def add(self, trace: Trace, findings: Findings, decisions: Sequence[StepDecision] = ()) -> None:
        """Count one trace.

        Args:
            trace: With its `human` labels; without them it counts for coverage and routing only.
            findings: What all sources said of it.
            decisions: The machine's decisions on its steps, in any order; none leaves triage
                unmeasured on this trace.
        """
        truth = truth_of(trace)
        self._traces += 1
        self._with_first_error += truth.first_error_known
        self._with_step_labels += any(word is not None for word in truth.words)
        for source, said in sources_on(trace, findings).items():
            for domain in (None, trace.domain):
                self._sources[Cell(source, domain)].add(truth, said)
        if decisions:
            machine = machine_on(trace, decisions)
            for domain in (None, trace.domain):
                self._triage[domain].add(truth, decisions, machine)

    def result(self) -> EvaluationResult:
        """The measures of what was added so far; more may be added afterwards."""
        cells = sorted(self._sources, key=lambda cell: (cell.source, cell.domain or ""))
        domains = sorted(self._triage, key=lambda domain: domain or "")
        return EvaluationResult(
            traces=self._traces,
            with_first_error=self._with_first_error,
            with_step_labels=self._with_step_labels,
            sources=tuple(self._sources[cell].result(cell) for cell in cells),
            triage=tuple(self._triage[domain].result(domain) for domain in domains),
        )
