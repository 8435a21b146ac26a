"""Makes the decisions on a trace from its findings and its verdicts: fuse, disagree, route."""

from collections.abc import Sequence

from triage.disagree import disagree
from triage.fuse import FusedStep, fuse
from triage.records import (
    DecidedBy,
    Final,
    Findings,
    Reason,
    ReasonCode,
    StepDecision,
    Trace,
    Verdict,
)
from triage.route import Route, answer_verdict, route


def decide(
    trace: Trace, findings: Findings, verdicts: Sequence[Verdict], clear_risk: float
) -> tuple[StepDecision, ...]:
    """Decide on every step of a trace; the same arguments always give the same decisions.

    Args:
        findings: What all sources said, outside judgements included.
        verdicts: What experts have said so far, in order.
        clear_risk: Highest predicted risk in [0, 1] at which an undisputed step is clear.
    """
    said = {step: [v for v in verdicts if v.step == step] for step in {v.step for v in verdicts}}
    finals = {step: settle(of_step) for step, of_step in said.items()}
    fused = fuse(trace, findings)
    reasons = list(disagree(trace, findings, fused, clear_risk))
    for step in (step for step, final in finals.items() if final is None):
        reasons[step] = (*reasons[step], _experts_split(said[step]))
    settled = {
        step: final.label.validity for step, final in finals.items() if final and final.label
    }
    inherited = _inherited(findings)
    answer = answer_verdict(trace, findings.answers)
    routes = route(trace, fused, reasons, answer, settled)
    return tuple(
        _decision(
            step.index,
            fused[step.index],
            routes[step.index],
            finals.get(step.index),
            inherited.get(step.index),
        )
        for step in trace.steps
    )


def settle(verdicts: Sequence[Verdict]) -> Final | None:
    """The final label that verdicts on one step amount to; None while experts differ.

    An expert's later verdict replaces the earlier; an adjudicator's resolution ends the matter.
    """
    resolutions = [v for v in verdicts if v.by is DecidedBy.ADJUDICATOR]
    standing = resolutions[-1:] or list({v.expert: v for v in verdicts}.values())
    if len({v.label for v in standing}) != 1:
        return None
    last = standing[-1]
    corrections = [v.correction for v in standing if v.correction]
    return Final(
        label=last.label,
        inherits_error=last.inherits_error,
        by=last.by,
        verdicts=tuple(verdicts),
        correction=corrections[-1] if corrections else None,
    )


def _experts_split(verdicts: Sequence[Verdict]) -> Reason:
    said = {v.expert: v.label for v in verdicts}
    detail = ", ".join(sorted({label.value for label in said.values()}))
    return Reason(code=ReasonCode.EXPERTS_SPLIT, detail=detail, sources=tuple(said))


def _inherited(findings: Findings) -> dict[int, bool]:
    """What sources say of inherited errors, at the steps where they say the same."""
    said: dict[int, set[bool]] = {}
    for proposal in findings.proposals:
        if proposal.inherits_error is not None:
            said.setdefault(proposal.step, set()).add(proposal.inherits_error)
    return {step: opinions.pop() for step, opinions in said.items() if len(opinions) == 1}


def _decision(
    step: int, fused: FusedStep, routed: Route, final: Final | None, inherits: bool | None
) -> StepDecision:
    return StepDecision(
        step=step,
        label=fused.label,
        validity=fused.validity,
        confidence=None if fused.validity is None else 1 - fused.risk,
        score=fused.risk,
        inherits_error=final.inherits_error if final else inherits,
        action=routed.action,
        reasons=routed.reasons,
        priority=routed.priority,
        final=final,
    )
