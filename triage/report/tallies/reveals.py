"""Tallies second thoughts after a reveal: how often experts go over to the machine."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from triage.agreement.anchoring import second_thoughts
from triage.evaluate.tallies.rates import ClusteredShare
from triage.records import DecidedBy, Label, StepDecision, Verdict
from triage.report.work_figures import Reveals, Switching

Seen = tuple[int, str]
"""A step and the expert who saw what the machine says of it."""


class RevealTally:
    """Counts of changed and kept answers, fed trace by trace."""

    def __init__(self) -> None:
        self._overall = _Counts()
        self._experts: defaultdict[str, _Counts] = defaultdict(_Counts)

    def add(
        self, decisions: Sequence[StepDecision], verdicts: Sequence[Verdict], seen: Iterable[Seen]
    ) -> None:
        """Count one trace.

        Args:
            verdicts: What stands, in the order it was given.
            seen: What was revealed to whom.
        """
        machine = {one.step: one.label for one in decisions}
        by_seen: defaultdict[Seen, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            if verdict.by is not DecidedBy.ADJUDICATOR:
                by_seen[verdict.step, verdict.expert].append(verdict)
        rows = [
            (expert, first, last, label)
            for step, expert in sorted(set(seen))
            if (label := machine.get(step)) is not None
            for first, last in second_thoughts(by_seen[step, expert])
        ]
        self._overall.add(row[1:] for row in rows)
        for name in {row[0] for row in rows}:
            self._experts[name].add(row[1:] for row in rows if row[0] == name)

    def result(self) -> Reveals:
        """The rates so far."""
        experts: Mapping[str, Switching] = {
            name: self._experts[name].result() for name in sorted(self._experts)
        }
        return Reveals(overall=self._overall.result(), experts=experts)


class _Counts:
    def __init__(self) -> None:
        self._to, self._from = ClusteredShare(), ClusteredShare()

    def add(self, rows: Iterable[tuple[Label, Label, Label]]) -> None:
        """Count the rows of one trace: first answer, last answer, machine's label."""
        known = list(rows)
        against = [last is machine for first, last, machine in known if first is not machine]
        along = [last is not machine for first, last, machine in known if first is machine]
        self._to.add_trace(sum(against), len(against))
        self._from.add_trace(sum(along), len(along))

    def result(self) -> Switching:
        return Switching(to_machine=self._to.result(), from_machine=self._from.result())
