"""Counts decisions as a run makes them, and what a user should do something about."""

from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from triage.export.decisions import decisions_of
from triage.pipeline.views.failures import Failures
from triage.plugininfo import PluginInfo
from triage.records import (
    Action,
    Decision,
    Findings,
    ReasonCode,
    StepDecision,
    Trace,
)


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
        self.failures = Failures()
        self._out = out
        self._plugins = plugins
        self._accept_provisional = accept_provisional

    def see(self, trace: Trace, findings: Findings, steps: Sequence[StepDecision]) -> None:
        """Count a trace's decisions, and write them."""
        self.failures.see(trace.id, findings)
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
