"""Lays what certificates say of steps over what was decided: frozen labels, audits, acceptance."""

from collections.abc import Mapping, Sequence

from triage.deciding.blind import Lacks, blind_label, counting
from triage.deciding.fuse import FusedStep
from triage.records import (
    Action,
    Promised,
    Reason,
    ReasonCode,
    Stage,
    Standing,
    StepDecision,
    Verdict,
)

_STANDING_REASONS = (ReasonCode.ANSWER_VS_STEPS, ReasonCode.EXPERTS_SPLIT)


def freeze(fused: Sequence[FusedStep], standings: Mapping[int, Standing]) -> tuple[FusedStep, ...]:
    """Put the frozen labels in the place of what the machine makes of those steps now."""
    return tuple(
        _frozen(one, standings[step]) if step in standings and standings[step].frozen else one
        for step, one in enumerate(fused)
    )


def stand(
    decided: StepDecision, standing: Standing | None, verdicts: Sequence[Verdict]
) -> StepDecision:
    """What becomes of a step's decision by its place in a batch.

    Args:
        decided: What was decided on the frozen labels.
        verdicts: What experts have said of this step, in order.
    """
    if standing is None:
        return decided
    if standing.stage is Stage.REFUSED:
        return _asked(decided, ReasonCode.LOW_SCORE, standing)
    if standing.stage is Stage.RETURNED:
        return _asked(decided, ReasonCode.DRIFT, standing)
    decided = decided.model_copy(
        update={"confidence": standing.confidence, "reasons": _contradictions(decided)}
        | ({} if decided.final else {"inherits_error": standing.inherits_error})
    )
    match standing.stage:
        case Stage.FROZEN if standing.returned:
            return _asked(decided, ReasonCode.DRIFT, standing)
        case Stage.FROZEN:
            return _because(decided, Action.ASK if decided.reasons else Action.HOLD)
        case Stage.DRAWN:
            return _audited(decided, standing, verdicts)
        case Stage.BEYOND:
            return _asked(decided, ReasonCode.LOW_SCORE, standing)
        case _:
            return _accepted(decided, standing, verdicts)


def _frozen(now: FusedStep, standing: Standing) -> FusedStep:
    # another opinion of today is none about the label that was frozen
    same = now.validity is standing.validity and now.label is standing.label
    return now._replace(
        distribution=now.distribution if same else None,
        label=standing.label,
        validity=standing.validity,
        risk=standing.score,
    )


def _contradictions(decided: StepDecision) -> tuple[Reason, ...]:
    """Of today's reasons only a split of experts, and being picked to settle a contradiction."""
    if decided.action is not Action.ASK or decided.final is not None:
        return ()
    return tuple(one for one in decided.reasons if one.code in _STANDING_REASONS)


def _accepted(
    decided: StepDecision, standing: Standing, verdicts: Sequence[Verdict]
) -> StepDecision:
    update: dict[str, object] = {"certificate": standing.name}
    if standing.promised is Promised.VALIDITY:
        # necessity was not certified: the proposals still say what the machine thinks of it
        update["label"] = None
    decided = decided.model_copy(update=update)
    if standing.stage is Stage.WATCHED and blind_label(standing, verdicts).lacks:
        return _audited(decided, standing, verdicts)
    final = decided.final
    hit = final is not None and final.label is not None and standing.is_wrong(final.label)
    if hit and not standing.sampled:
        said = tuple(dict.fromkeys(verdict.expert for verdict in verdicts))
        reason = Reason(
            code=ReasonCode.AUDIT_HIT,
            detail=f"people contradict what {standing.name} accepted",
            sources=said,
        )
        return decided.model_copy(update={"action": Action.ASK, "reasons": (reason,)})
    return _because(decided, Action.ASK if decided.reasons else Action.ACCEPT)


def _audited(
    decided: StepDecision, standing: Standing, verdicts: Sequence[Verdict]
) -> StepDecision:
    blind = blind_label(standing, verdicts)
    update: dict[str, object] = {"action": Action.AUDIT}
    if standing.priority is not None:
        update["priority"] = standing.priority
    if blind.lacks is not None:
        update |= {"final": None, "reasons": ()}
    if blind.lacks is Lacks.ADJUDICATION:
        words = sorted({verdict.label.value for verdict in counting(standing, verdicts)})
        split = Reason(
            code=ReasonCode.EXPERTS_SPLIT, detail=", ".join(words), sources=blind.experts
        )
        update["reasons"] = (split,)
    return decided.model_copy(update=update)


def _asked(decided: StepDecision, code: ReasonCode, standing: Standing) -> StepDecision:
    why = standing.note or f"beyond the cut of {standing.name}"
    reason = Reason(code=code, detail=why, sources=(standing.name,))
    return _because(decided.model_copy(update={"reasons": (reason, *decided.reasons)}), Action.ASK)


def _because(decided: StepDecision, action: Action) -> StepDecision:
    return decided.model_copy(update={"action": action})
