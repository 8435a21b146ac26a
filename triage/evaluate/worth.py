"""What one source is worth: what it alone finds, and what triage achieves without it."""

from triage.evaluate.evaluation import Evaluation
from triage.evaluate.results import Rate, SourceMetrics, TriageMetrics
from triage.evaluate.said import SourceOnTrace, sources_on
from triage.evaluate.truth import truth_of
from triage.records import Findings, Record, Trace, Validity


class Worth(Record):
    """A source's worth on labelled traces.

    Attributes:
        metrics: The source by itself, all domains together; None if it took no part.
        alone: Of the invalid steps that it calls invalid, those that no other source does.
        false_alone: Of the valid steps that it calls invalid, those that no other source does.
        with_it: What triage achieves with all sources.
        without: What it achieves without this one.
        ms_per_step: What it takes; None for a source that waits on a network.
    """

    source: str
    metrics: SourceMetrics | None
    alone: Rate
    false_alone: Rate
    with_it: TriageMetrics
    without: TriageMetrics
    ms_per_step: float | None


class WorthTally:
    """Counts, trace by trace, what a source says that no other does.

    Args:
        source: The source's name; one that speaks as several (`NAME:a`) is taken as one.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._hits = self._hits_alone = self._alarms = self._alarms_alone = 0

    def add(self, trace: Trace, findings: Findings) -> None:
        """Count one trace."""
        truth = truth_of(trace)
        said = sources_on(trace, findings)
        mine = [one for name, one in said.items() if self._is_mine(name)]
        others = [one for name, one in said.items() if not self._is_mine(name)]
        for step, validity in enumerate(truth.validity):
            if not _invalid(mine, step):
                continue
            alone = not _invalid(others, step)
            if validity is Validity.INVALID:
                self._hits += 1
                self._hits_alone += alone
            elif validity is Validity.VALID:
                self._alarms += 1
                self._alarms_alone += alone

    def result(self, whole: Evaluation, without: Evaluation, ms_per_step: float | None) -> Worth:
        """The worth, given the evaluations with all sources and without this one."""
        found = whole.result()
        mine = [one for one in found.sources if one.domain is None and self._is_mine(one.source)]
        return Worth(
            source=self._source,
            metrics=mine[0] if mine else None,
            alone=_rate(self._hits_alone, self._hits),
            false_alone=_rate(self._alarms_alone, self._alarms),
            with_it=found.triage[0],
            without=without.result().triage[0],
            ms_per_step=ms_per_step,
        )

    def _is_mine(self, name: str) -> bool:
        return name == self._source or name.startswith(f"{self._source}:")


def _invalid(sources: list[SourceOnTrace], step: int) -> bool:
    return any(one.steps[step].validity is Validity.INVALID for one in sources)


def _rate(count: int, of: int) -> Rate:
    return Rate(count=count, of=of, share=count / of if of else None)
