"""Reads judgements that came with a trace as proposals like any plugin's."""

from triage.propose.outcomes import gather
from triage.records import (
    Abstention,
    Evidence,
    Findings,
    OutsideJudgement,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)

_EVEN = 0.5


def outside_findings(trace: Trace) -> Findings:
    """Everything that sources outside this run said of the trace's steps.

    A word is a judge's opinion; a score without a word is evidence of validity, never a label;
    neither is an abstention.
    """
    return gather(
        _outcome(judgement, step)
        for judgement in trace.proposals
        for step in range(len(trace.steps))
    )


def _outcome(judgement: OutsideJudgement, step: int) -> Proposal | Abstention:
    word = judgement.step_labels[step] if judgement.step_labels else None
    score = judgement.step_scores[step] if judgement.step_scores else None
    stated = judgement.confidences[step] if judgement.confidences else None
    why = judgement.explanations[step] if judgement.explanations else None
    if word is not None:
        kind, label, validity, confidence = SourceKind.JUDGE, word.label, word.validity, stated
    elif score is not None:
        kind, label, confidence = SourceKind.SCORER, None, max(score, 1.0 - score)
        validity = Validity.VALID if score >= _EVEN else Validity.INVALID
    else:
        return Abstention(step=step, source=judgement.source, why="null")
    return Proposal(
        step=step,
        source=judgement.source,
        kind=kind,
        label=label,
        validity=validity,
        confidence=confidence,
        evidence=Evidence(p_valid=score, rationale=why),
        saw_reference=judgement.saw_reference,
    )
