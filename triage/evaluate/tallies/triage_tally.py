"""Counts of what routing achieved in one domain, fed trace by trace."""

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum, auto

from triage.evaluate.results import TriageMetrics, Wrongness
from triage.evaluate.said import SourceOnTrace, validity_of
from triage.evaluate.tallies.rates import Area, ClusteredShare, rate
from triage.evaluate.tallies.source_tally import Cell, SourceTally
from triage.evaluate.truth import Truth
from triage.records import Action, StepDecision

MACHINE = "triage"
"""The name under which the fused answer is reported as a source."""


class Standing(Enum):
    """How a step stands with the experts."""

    ASKED = auto()
    WAITING = auto()
    """On hold with a reason: not clear, but the verdict on another step may settle it."""
    CLEAR = auto()


def standing_of(decision: StepDecision) -> Standing:
    """Whether the step is asked, waits on another, or is left to the machine."""
    if decision.action is Action.ASK:
        return Standing.ASKED
    if decision.action is Action.HOLD and decision.reasons:
        return Standing.WAITING
    return Standing.CLEAR


class WrongnessTally:
    """Counts of the machine's contradictions with the human on a set of steps."""

    def __init__(self) -> None:
        self._validity = ClusteredShare()
        self._label = ClusteredShare()
        self._steps = self._unknown = self._unclaimed = 0

    def add_trace(self, truth: Truth, decisions: Iterable[StepDecision]) -> None:
        """Count the given steps of one trace."""
        labels = truth.labels()
        validities: list[bool] = []
        named: list[bool] = []
        for decision in decisions:
            known, given = truth.validity[decision.step], validity_of(decision)
            self._steps += 1
            self._unknown += known is None
            self._unclaimed += given is None
            if known is not None and given is not None:
                validities.append(given is not known)
            label = labels[decision.step]
            if label is not None and decision.label is not None:
                named.append(decision.label is not label)
        self._validity.add_trace(sum(validities), len(validities))
        self._label.add_trace(sum(named), len(named))

    def result(self) -> Wrongness:
        """The shares so far."""
        return Wrongness(
            steps=self._steps,
            validity=self._validity.result(),
            label=self._label.result(),
            unknown=self._unknown,
            unclaimed=self._unclaimed,
        )


class TriageTally:
    """What is counted of routing, from which its measures follow."""

    def __init__(self) -> None:
        self._traces = self._steps = 0
        self._actions: Counter[Action] = Counter()
        self._reasons: Counter[str] = Counter()
        self._wrongness = {standing: WrongnessTally() for standing in Standing}
        self._risk = Area()
        self._machine = SourceTally()

    def add(self, truth: Truth, decisions: Sequence[StepDecision], machine: SourceOnTrace) -> None:
        """Count one trace."""
        self._traces += 1
        self._steps += len(decisions)
        self._actions.update(decision.action for decision in decisions)
        for decision in decisions:
            if decision.action is Action.ASK:
                self._reasons.update({str(reason.code) for reason in decision.reasons})
        for standing, tally in self._wrongness.items():
            tally.add_trace(truth, [it for it in decisions if standing_of(it) is standing])
        for decision in decisions:
            known, given = truth.validity[decision.step], validity_of(decision)
            if known is not None and given is not None:
                self._risk.add(decision.score, given is not known)
        self._machine.add(truth, machine)

    def result(self, domain: str | None) -> TriageMetrics:
        """The measures of what was counted so far."""
        return TriageMetrics(
            domain=domain,
            traces=self._traces,
            steps=self._steps,
            actions={str(action): rate(self._actions[action], self._steps) for action in Action},
            asked_by_reason={
                code: rate(count, self._steps)
                for code, count in sorted(self._reasons.items(), key=lambda it: (-it[1], it[0]))
            },
            left=self._wrongness[Standing.CLEAR].result(),
            waiting=self._wrongness[Standing.WAITING].result(),
            asked=self._wrongness[Standing.ASKED].result(),
            risk_auroc=self._risk.result(),
            machine=self._machine.result(Cell(MACHINE, domain)),
        )
