"""Decides where each step goes: to an expert, or to wait for a certificate."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from triage.deciding.fuse import PRIOR, Distribution, FusedStep
from triage.deciding.order import Worth
from triage.records import (
    Action,
    AnswerCheck,
    AnswerVerdict,
    Label,
    Reason,
    ReasonCode,
    Trace,
    Validity,
)

_URGENT: Final = frozenset(
    {ReasonCode.ANSWER_VS_STEPS, ReasonCode.CHECKER_VS_JUDGES, ReasonCode.CHECKER_REFUTED}
)


class Route(NamedTuple):
    """Where one step goes, why, and how soon.

    Attributes:
        priority: Expected cost of leaving the step to the machine, per minute of an expert's time;
            higher is asked sooner.
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
    worth: Worth,
    parties: Sequence[tuple[str, ...]],
) -> tuple[Route, ...]:
    """Send every doubtful or disputed step to an expert and let the clear ones wait.

    An answer that contradicts the steps asks one step, the most suspicious, and the rest of the
    trace waits on its verdict: those steps are on hold, but not clear.

    Args:
        settled: Validity, by a person, of the steps that are decided.
        worth: What errors cost, and experts' time.
        parties: By step, who judged it and who the answer.
    """
    asked, waiting = _answer_vs_steps(fused, answer, settled)
    routes: list[tuple[Action, tuple[Reason, ...]]] = []
    for step in trace.steps:
        why = reasons[step.index]
        action = Action.ASK if why else Action.HOLD
        if step.index == asked:
            action = Action.ASK
            why = (*why, _contradiction(answer, "the most suspicious step", parties[step.index]))
        elif waiting and action is Action.HOLD:
            role = f"waits on step {(asked or 0) + 1}"
            why = (*why, _contradiction(answer, role, parties[step.index]))
        routes.append((action, why))
    open_ones = [at for at, (action, _) in enumerate(routes)
                 if action is Action.ASK and at not in settled]  # fmt: skip
    return tuple(
        Route(action, why, _priority(fused[at], why, worth, last=open_ones == [at]))
        for at, (action, why) in enumerate(routes)
    )


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


def _contradiction(answer: AnswerVerdict, role: str, parties: tuple[str, ...]) -> Reason:
    conflict = "a wrong step" if answer is AnswerVerdict.RIGHT else "no wrong step"
    detail = f"{answer.value} answer with {conflict}: {role}"
    return Reason(code=ReasonCode.ANSWER_VS_STEPS, detail=detail, sources=parties)


def _priority(fused: FusedStep, reasons: Sequence[Reason], worth: Worth, *, last: bool) -> float:
    shares: Distribution = fused.distribution or PRIOR
    proposed = fused.label or _STANDS_FOR[fused.validity or Validity.VALID]
    urgent = any(reason.code in _URGENT for reason in reasons)
    return worth.value(shares, proposed, urgent=urgent, last=last)


_STANDS_FOR: Final = {Validity.VALID: Label.NECESSARY, Validity.INVALID: Label.INCORRECT}
