"""The whole main job on the project's own examples, told so that a newcomer sees what it does."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file
from typing import Final, NamedTuple

from sqlalchemy import Engine

from triage import examples
from triage.configuration.settings import Settings
from triage.evaluate import Evaluation, EvaluationResult
from triage.pipeline import process
from triage.pipeline.deciding import Considered
from triage.records import (
    Action,
    Claim,
    ClaimVerdict,
    Reason,
    ReasonCode,
    Step,
    StepDecision,
    Trace,
)
from triage.store.database import open_store

_AGAINST: Final = (ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT)


class Shown(NamedTuple):
    """A step worth looking at, with the trace it stands in."""

    trace: Trace
    step: Step
    decision: StepDecision


class Demonstration:
    """What a run over the examples found, gathered for showing."""

    def __init__(self) -> None:
        self.actions: dict[str, Counter[Action]] = {}
        self.disputes: dict[ReasonCode, tuple[Shown, Reason]] = {}
        self.refutations: list[tuple[Shown, Claim]] = []
        self.most_urgent: Shown | None = None
        self._evaluation = Evaluation()

    def see(self, one: Considered) -> None:
        """Take in one trace."""
        self._evaluation.add(one.trace, one.findings, one.steps)
        counts = self.actions.setdefault(one.trace.domain, Counter())
        for step, decision in zip(one.trace.steps, one.steps, strict=True):
            shown = Shown(one.trace, step, decision)
            counts[decision.action] += 1
            for reason in decision.reasons:
                self.disputes.setdefault(reason.code, (shown, reason))
            if decision.action is Action.ASK and self._is_more_urgent(decision):
                self.most_urgent = shown
            self.refutations += [
                (shown, claim)
                for proposal in one.findings.proposals
                if proposal.step == step.index
                for claim in proposal.evidence.claims
                if claim.verdict in _AGAINST
            ]

    def result(self) -> EvaluationResult:
        """The run against the examples' own labels."""
        return self._evaluation.result()

    def _is_more_urgent(self, decision: StepDecision) -> bool:
        return self.most_urgent is None or decision.priority > self.most_urgent.decision.priority


@contextmanager
def _example_files() -> Iterator[list[str]]:
    with as_file(examples.path()) as folder:
        yield [str(folder / f"{domain}.jsonl") for domain in examples.DOMAINS]


def run_examples(engine: Engine, settings: Settings, see: Callable[[Considered], None]) -> None:
    """Run the whole main job on the examples; a demonstration costs nothing, so no judge is asked.

    Args:
        see: Told each trace once it is decided.
    """
    settings = settings.model_copy(update={"judges": {}})
    with (
        _example_files() as inputs,
        process(engine, settings, inputs, rejected=_refuse) as processed,
    ):
        for one in processed.considered:
            see(one)


def demonstrate(settings: Settings) -> Demonstration:
    """Run the whole main job on the examples, in a store that is thrown away."""
    shown = Demonstration()
    with tempfile.TemporaryDirectory(prefix="triage-demo-") as folder:
        engine = open_store(f"sqlite:///{folder}/demo.db")
        run_examples(engine, settings, shown.see)
        engine.dispose()
    return shown


def _refuse(reject: object) -> None:
    raise AssertionError(f"an example of our own can't be read: {reject}")
