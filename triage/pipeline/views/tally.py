"""Counts decisions as a run makes them, and what a user should do something about."""

from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from triage.export.decisions import decisions_of
from triage.plugininfo import PluginInfo
from triage.records import (
    Action,
    Decision,
    Failure,
    Findings,
    ReasonCode,
    Record,
    StepDecision,
    Trace,
)


class Failed(Record):
    """What one source failed at in one way.

    Attributes:
        why: The failure's word: `crash`, `timeout`, `bad-reply`, ...
        steps: At how many steps it did.
        trace_id: The first of them, with `step` and `detail`.
        detail: What it said there, in one line.
    """

    source: str
    why: str
    steps: int
    trace_id: str
    step: int
    detail: str | None


class Tally:
    """Counts decisions as they pass, and writes them out."""

    def __init__(
        self, out: BinaryIO | None, plugins: dict[str, PluginInfo], *, accept_provisional: bool
    ) -> None:
        self.actions: Counter[Action] = Counter()
        self.reasons: Counter[str] = Counter()
        self.unserved: Counter[str] = Counter()
        self.without_panel: Counter[str] = Counter()
        self.settled = self.certified = self.behind = 0
        self._failures: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], tuple[str, Failure]] = {}
        self._out = out
        self._plugins = plugins
        self._accept_provisional = accept_provisional

    def see(self, trace: Trace, findings: Findings, steps: Sequence[StepDecision]) -> None:
        """Count a trace's decisions, and write them."""
        for failure in findings.failures:
            kind = failure.source, failure.why
            self._failures[kind] += 1
            self._first.setdefault(kind, (trace.id, failure))
        for decision in decisions_of(
            trace,
            findings,
            steps,
            self._plugins,
            accept_provisional=self._accept_provisional,
        ):
            self._count(trace, decision)
            if self._out is not None:
                self._out.write(decision.model_dump_json(by_alias=True).encode() + b"\n")

    @property
    def failures(self) -> tuple[Failed, ...]:
        """Who failed how, those that failed at most steps first."""
        return tuple(
            Failed(
                source=kind[0],
                why=kind[1],
                steps=steps,
                trace_id=self._first[kind][0],
                step=self._first[kind][1].step,
                detail=_one_line(self._first[kind][1].detail),
            )
            for kind, steps in self._failures.most_common()
        )

    def _count(self, trace: Trace, decision: Decision) -> None:
        self.actions[decision.decision] += 1
        self.behind += decision.decision is Action.HOLD and bool(decision.reasons)
        self.settled += decision.final is not None
        covered = decision.decision is Action.ACCEPT and decision.certificate is not None
        self.certified += covered
        if decision.decision is not Action.ASK or decision.final is not None:
            return
        codes = [one.code for one in decision.reasons]
        self.reasons[codes[0].value] += 1
        if ReasonCode.UNSEEN_DOMAIN in codes:
            self.unserved[trace.domain] += 1
        elif ReasonCode.NO_PROPOSAL in codes and any(
            one.why == "no-panel" for one in decision.abstained
        ):
            self.without_panel[trace.domain] += 1


def _one_line(detail: str | None) -> str | None:
    return None if detail is None else " ".join(detail.split())
