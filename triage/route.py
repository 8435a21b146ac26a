"""Decides where each step goes: to an expert, or to wait for a certificate."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from triage.fuse import PRIOR, Distribution, FusedStep
from triage.records import (
    LABELS,
    Action,
    AnswerCheck,
    AnswerVerdict,
    Label,
    Reason,
    ReasonCode,
    Trace,
    Validity,
)

COST: Final[Mapping[Label, Mapping[Label, float]]] = {
    Label.NECESSARY: {Label.REDUNDANT: 1.0, Label.INCORRECT: 5.0, Label.INCOMPLETE: 3.0},
    Label.REDUNDANT: {Label.NECESSARY: 1.0, Label.INCORRECT: 5.0, Label.INCOMPLETE: 3.0},
    Label.INCORRECT: {Label.NECESSARY: 3.0, Label.REDUNDANT: 3.0, Label.INCOMPLETE: 1.0},
    Label.INCOMPLETE: {Label.NECESSARY: 3.0, Label.REDUNDANT: 3.0, Label.INCORRECT: 1.0},
}
"""What it costs to export the first label where the second is true."""

_URGENT: Final = frozenset(
    {ReasonCode.ANSWER_VS_STEPS, ReasonCode.CHECKER_VS_JUDGES, ReasonCode.CHECKER_REFUTED}
)
_URGENCY: Final = 1.5
"""How much sooner a dispute with hard evidence in it comes up."""


class Route(NamedTuple):
    """Where one step goes, why, and how soon.

    Attributes:
        priority: Expected cost of leaving the step to the machine; higher is asked sooner.
    """

    action: Action
    reasons: tuple[Reason, ...]
    priority: float


def route(
    trace: Trace,
    fused: Sequence[FusedStep],
    reasons: Sequence[tuple[Reason, ...]],
    answer: AnswerVerdict,
    settled: Mapping[int, Validity],
) -> tuple[Route, ...]:
    """Send every doubtful or disputed step to an expert and let the clear ones wait.

    An answer that contradicts the steps asks one step, the most suspicious, and the rest of the
    trace waits on its verdict: those steps are on hold, but not clear.

    Args:
        settled: Validity, by a person, of the steps that are decided.
    """
    asked, waiting = _answer_vs_steps(fused, answer, settled)
    routes = []
    for step in trace.steps:
        why = reasons[step.index]
        action = Action.ASK if why else Action.HOLD
        if step.index == asked:
            action = Action.ASK
            why = (*why, _contradiction(answer, "the most suspicious step"))
        elif waiting and action is Action.HOLD:
            why = (*why, _contradiction(answer, f"waits on step {(asked or 0) + 1}"))
        routes.append(Route(action, why, _priority(fused[step.index], why)))
    return tuple(routes)


def answer_verdict(trace: Trace, checks: Sequence[AnswerCheck]) -> AnswerVerdict:
    """Whether the final answer is right: what the input knows, else the checks if they agree."""
    if trace.final_correct is not None:
        return AnswerVerdict.RIGHT if trace.final_correct else AnswerVerdict.WRONG
    verdicts = {check.verdict for check in checks} - {AnswerVerdict.UNKNOWN}
    return verdicts.pop() if len(verdicts) == 1 else AnswerVerdict.UNKNOWN


def _answer_vs_steps(
    fused: Sequence[FusedStep], answer: AnswerVerdict, settled: Mapping[int, Validity]
) -> tuple[int | None, bool]:
    """The step to ask so that answer and steps agree again, and whether the rest has to wait."""
    open_steps = [step for step in range(len(fused)) if step not in settled]
    suspects = [step for step in open_steps if fused[step].validity is Validity.INVALID]
    confirmed = Validity.INVALID in settled.values()
    if answer is AnswerVerdict.UNKNOWN or confirmed:
        return None, False
    if answer is AnswerVerdict.WRONG:
        suspects = [] if suspects else open_steps
    if not suspects:
        return None, False
    return max(suspects, key=lambda step: (fused[step].invalidity, -step)), True


def _contradiction(answer: AnswerVerdict, role: str) -> Reason:
    conflict = "a wrong step" if answer is AnswerVerdict.RIGHT else "no wrong step"
    detail = f"{answer.value} answer with {conflict}: {role}"
    return Reason(code=ReasonCode.ANSWER_VS_STEPS, detail=detail)


def _priority(fused: FusedStep, reasons: Sequence[Reason]) -> float:
    shares: Distribution = fused.distribution or PRIOR
    proposed = fused.label or _STANDS_FOR[fused.validity or Validity.VALID]
    cost = sum(shares[true] * COST[proposed].get(true, 0.0) for true in LABELS)
    urgent = any(reason.code in _URGENT for reason in reasons)
    return cost * _URGENCY if urgent else cost


_STANDS_FOR: Final = {Validity.VALID: Label.NECESSARY, Validity.INVALID: Label.INCORRECT}
