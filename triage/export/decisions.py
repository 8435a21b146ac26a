"""The house's own form: one decision a step, with everything behind it."""

from collections.abc import Iterator, Mapping, Sequence

from triage.plugininfo import PluginInfo
from triage.records import (
    Action,
    Decision,
    Findings,
    Proposal,
    SourceNote,
    StepDecision,
    Trace,
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
        SourceNote(source=name, why="domain")
        for name, info in plugins.items()
        if not info.serves(trace.domain)
    )
    proposals: list[list[Proposal]] = [[] for _ in trace.steps]
    abstained: list[list[SourceNote]] = [[] for _ in trace.steps]
    failed: list[list[SourceNote]] = [[] for _ in trace.steps]
    for proposal in findings.proposals:
        proposals[proposal.step].append(proposal)
    for abstention in findings.abstentions:
        note = SourceNote(source=abstention.source, why=abstention.why)
        abstained[abstention.step].append(note)
    for failure in findings.failures:
        failed[failure.step].append(SourceNote(source=failure.source, why=failure.why))
    for step, decided in zip(trace.steps, steps, strict=True):
        clear = decided.action is Action.HOLD and not decided.reasons
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
            decision=Action.ACCEPT if accept_provisional and clear else decided.action,
            reasons=decided.reasons,
            certificate=decided.certificate,
            final=decided.final,
            proposals=tuple(proposals[step.index]),
            abstained=(*abstained[step.index], *strangers),
            failed=tuple(failed[step.index]),
        )
