"""Holds each judge's answers against the known validity of steps."""

from collections import defaultdict
from collections.abc import Iterable

from triage.agreement import panel_of
from triage.deciding.opinions import Opinion
from triage.evaluate.tallies.rates import ClusteredShare
from triage.records import SourceKind, Validity
from triage.report.figures import PanelFigures
from triage.report.tallies.jackknife import GROUPS, estimate

_Item = tuple[int, int]


class PanelTally:
    """The judges' answers on labelled steps; memory grows with those."""

    def __init__(self) -> None:
        self._answers: defaultdict[str, dict[_Item, Validity]] = defaultdict(dict)
        self._truth: dict[_Item, Validity] = {}

    def add(self, trace: int, step: int, held: Iterable[Opinion], known: Validity) -> None:
        """Count a step of the trace with this number."""
        for one in held:
            if one.kind is not SourceKind.CHECKER and one.validity is not None:
                self._answers[one.source][trace, step] = one.validity
                self._truth[trace, step] = known

    def result(self) -> PanelFigures | None:
        """The panel so far; None if no judge spoke on a labelled step."""
        if not self._truth:
            return None
        groups = sorted({trace % GROUPS for trace, _ in self._truth})
        alike = self._alike()
        panels = {
            group: panel_of(self._answers, {} if alike else self._less(group))
            for group in (None, *groups)
        }
        steps = len(self._truth)
        return PanelFigures(
            panel=panels[None],
            alike=alike,
            accuracy={judge: self._accuracy(judge).result() for judge in sorted(self._answers)},
            mean_correlation=estimate(
                lambda group: panels[group].mean_correlation, groups, n=steps, low=-1.0, high=1.0
            ),
            effective=estimate(
                lambda group: panels[group].effective,
                groups,
                n=steps,
                low=1.0,
                high=len(self._answers),
            ),
        )

    def _alike(self) -> bool:
        """Whether several judges spoke, and no two of them ever differed on a labelled step."""
        said: defaultdict[_Item, set[Validity]] = defaultdict(set)
        for answers in self._answers.values():
            for item, answer in answers.items():
                said[item].add(answer)
        return len(self._answers) > 1 and all(len(words) == 1 for words in said.values())

    def _less(self, group: int | None) -> dict[_Item, Validity]:
        return {item: known for item, known in self._truth.items() if item[0] % GROUPS != group}

    def _accuracy(self, judge: str) -> ClusteredShare:
        by_trace: defaultdict[int, list[bool]] = defaultdict(list)
        for item, answer in self._answers[judge].items():
            by_trace[item[0]].append(answer is self._truth[item])
        share = ClusteredShare()
        for right in by_trace.values():
            share.add_trace(sum(right), len(right))
        return share
