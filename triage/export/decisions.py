"""The house's own form: one decision a step, with everything behind it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

from triage.export.columns import Column, Kind
from triage.export.settled import is_clear
from triage.plugininfo import PluginInfo
from triage.records import (
    Action,
    Decision,
    Findings,
    SourceNote,
    SourceProposal,
    StepDecision,
    Trace,
)

COLUMNS: Final = (
    Column("trace_id", Kind.TEXT),
    Column("step", Kind.NUMBER),
    Column("text", Kind.TEXT),
    Column("span", Kind.NUMBERS),
    Column("label", Kind.TEXT),
    Column("validity", Kind.TEXT),
    Column("confidence", Kind.FLOAT),
    Column("score", Kind.FLOAT),
    Column("inherits_error", Kind.FLAG),
    Column("decision", Kind.TEXT),
    Column("reasons", Kind.JSON),
    Column("certificate", Kind.TEXT),
    Column("final", Kind.JSON),
    Column("proposals", Kind.JSON),
    Column("abstained", Kind.JSON),
    Column("failed", Kind.JSON),
    Column("schema", Kind.NUMBER),
)


def decisions_of(
    trace: Trace,
    findings: Findings,
    steps: Sequence[StepDecision],
    plugins: Mapping[str, PluginInfo],
    *,
    accept_provisional: bool = False,
) -> Iterator[Decision]:
    """Put the decisions on a trace into the form that leaves the house.

    Args:
        plugins: The plugins there are; those that do not serve the domain are told as abstaining.
        accept_provisional: Whether clear steps count as accepted without any promise.
    """
    strangers = tuple(
        _note(name, "domain") for name, info in plugins.items() if not info.serves(trace.domain)
    )
    proposals: list[list[SourceProposal]] = [[] for _ in trace.steps]
    abstained: list[list[SourceNote]] = [[] for _ in trace.steps]
    failed: list[list[SourceNote]] = [[] for _ in trace.steps]
    for proposal in findings.proposals:
        # goes out as a SourceProposal: its step is that of the decision
        proposals[proposal.step].append(proposal)
    for abstention in findings.abstentions:
        abstained[abstention.step].append(_note(abstention.source, abstention.why))
    for failure in findings.failures:
        failed[failure.step].append(_note(failure.source, failure.why))
    for step, decided in zip(trace.steps, steps, strict=True):
        yield Decision(
            trace_id=trace.id,
            step=step.index,
            text=step.text,
            span=step.span,
            label=decided.label,
            validity=decided.validity,
            confidence=decided.confidence,
            score=decided.score,
            inherits_error=decided.inherits_error,
            decision=Action.ACCEPT if accept_provisional and is_clear(decided) else decided.action,
            reasons=decided.reasons,
            certificate=decided.certificate,
            final=decided.final,
            proposals=tuple(proposals[step.index]),
            abstained=(*abstained[step.index], *strangers),
            failed=tuple(failed[step.index]),
        )


@lru_cache(maxsize=1024)
def _note(source: str, why: str) -> SourceNote:
    # the same few are told of every step
    return SourceNote(source=source, why=why)
