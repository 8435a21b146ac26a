"""A well-behaved plugin from outside: in its domain, steps that shout are incorrect."""

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginContext, PluginInfo
from triage.records import (
    AnswerCheck,
    AnswerVerdict,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)


@hookimpl
def triage_describe() -> PluginInfo:
    return PluginInfo(
        name="stranger",
        version="1",
        summary="Finds shouting.",
        domains=("noise",),
        kind=SourceKind.CHECKER,
        sees="reference",
    )


@hookimpl
def triage_propose(trace: Trace, step: int, context: PluginContext) -> Proposal:
    context.memory["seen"] = [*context.memory.get("seen", []), step]
    shouts = trace.steps[step].text.isupper()
    label = Label.INCORRECT if shouts else Label.NECESSARY
    return Proposal(
        step=step,
        source="stranger",
        kind=SourceKind.CHECKER if shouts else SourceKind.JUDGE,
        label=label,
        validity=label.validity if shouts else Validity.VALID,
        confidence=0.97,
        evidence={"extra": {"seen": context.memory["seen"], "loud": context.settings.get("loud")}},
    )


@hookimpl
def triage_check_answer(trace: Trace) -> AnswerCheck | None:
    if trace.reference_answer is None or trace.final_answer is None:
        return None
    right = trace.reference_answer == trace.final_answer
    return AnswerCheck(
        source="stranger", verdict=AnswerVerdict.RIGHT if right else AnswerVerdict.WRONG
    )
