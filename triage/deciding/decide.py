"""Makes the decisions on a trace from its findings and its verdicts: fuse, disagree, route."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from triage.deciding.case import Case
from triage.deciding.disagree import disagree
from triage.deciding.fuse import FusedStep
from triage.deciding.order import USUAL, Worth
from triage.deciding.route import Route, route
from triage.deciding.standing import freeze, stand
from triage.records import (
    AnswerVerdict,
    DecidedBy,
    Final,
    Findings,
    Reason,
    ReasonCode,
    Standing,
    StepDecision,
    Verdict,
)

_UNCERTIFIED: Mapping[int, Standing] = MappingProxyType({})


class Display(Protocol):
    """A rising curve from a predicted probability to the one that people read."""

    def display(self, probability: float) -> float:
        """The displayed probability."""
        ...


class Learnt(NamedTuple):
    """What expert labels taught about a trace.

    Attributes:
        fused: What the ranker makes of each step; None where the cold start is used.
        display: How probabilities are shown; None to show them as predicted.
    """

    fused: tuple[FusedStep, ...] | None = None
    display: Display | None = None


def decide(
    case: Case,
    verdicts: Sequence[Verdict],
    clear_risk: float,
    learnt: Learnt | None = None,
    worth: Worth = USUAL,
    standings: Mapping[int, Standing] = _UNCERTIFIED,
) -> tuple[StepDecision, ...]:
    """Decide on every step of a trace; the same arguments always give the same decisions.

    Args:
        case: The trace with what all sources said of it, outside judgements included.
        verdicts: What experts have said so far, in order.
        clear_risk: Highest predicted risk in [0, 1] at which an undisputed step is clear.
        learnt: What expert labels taught, if there were enough.
        worth: What errors cost, and experts' time, in the trace's domain.
        standings: Steps that belong to a certificate's batch: their labels are frozen.
    """
    said = {step: [v for v in verdicts if v.step == step] for step in {v.step for v in verdicts}}
    finals = {step: settle(of_step) for step, of_step in said.items()}
    learnt = learnt or Learnt()
    cold = learnt.fused is None
    fused = freeze(case.cold if learnt.fused is None else learnt.fused, standings)
    # a ranker has learnt what answers tell; the cold start is told here
    ordered = freeze([one.given(case.answer) for one in fused], standings) if cold else fused
    reasons = list(disagree(case, fused, clear_risk))
    for step in (step for step, final in finals.items() if final is None):
        reasons[step] = (*reasons[step], _experts_split(said[step]))
    settled = {
        step: final.label.validity for step, final in finals.items() if final and final.label
    }
    inherited = _inherited(case.findings)
    parties = _parties(case)
    routes = route(case.trace, fused, reasons, case.answer, settled, worth, parties)
    return tuple(
        stand(
            _decision(
                step.index,
                ordered[step.index],
                learnt.display,
                routes[step.index],
                finals.get(step.index),
                inherited.get(step.index),
            ),
            standings.get(step.index),
            said.get(step.index, ()),
        )
        for step in case.trace.steps
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


def _parties(case: Case) -> list[tuple[str, ...]]:
    """For each step who judged it, and who judged the final answer; `input` where that told."""
    if case.answer is AnswerVerdict.UNKNOWN:
        return [()] * len(case.trace.steps)
    checks = [one.source for one in case.findings.answers if one.verdict is case.answer]
    answering = ["input"] if case.trace.final_correct is not None else checks
    return [
        tuple(dict.fromkeys([*(one.source for one in said if one.validity), *answering]))
        for said in case.by_step()
    ]


def _inherited(findings: Findings) -> dict[int, bool]:
    """What sources say of inherited errors, at the steps where they say the same."""
    said: dict[int, set[bool]] = {}
    for proposal in findings.proposals:
        if proposal.inherits_error is not None:
            said.setdefault(proposal.step, set()).add(proposal.inherits_error)
    return {step: opinions.pop() for step, opinions in said.items() if len(opinions) == 1}


def _decision(
    step: int,
    fused: FusedStep,
    display: Display | None,
    routed: Route,
    final: Final | None,
    inherits: bool | None,
) -> StepDecision:
    sure = 1 - fused.risk
    return StepDecision(
        step=step,
        label=fused.label,
        validity=fused.validity,
        confidence=None if fused.validity is None else display.display(sure) if display else sure,
        score=fused.risk,
        inherits_error=final.inherits_error if final else inherits,
        action=routed.action,
        reasons=routed.reasons,
        priority=routed.priority,
        final=final,
    )
