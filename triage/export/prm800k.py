"""The form of PRM800K: ratings of -1, 0 and 1."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from triage.export.columns import Column, Kind
from triage.export.settled import Include, Settled, prompt, settled, soft_labels
from triage.records import DecidedBy, Findings, Label, StepDecision, Trace, Validity

COLUMNS: Final = (
    Column("labeler", Kind.TEXT),
    Column("timestamp", Kind.TEXT),
    Column("generation", Kind.NUMBER),
    Column("is_quality_control_question", Kind.FLAG),
    Column("is_initial_screening_question", Kind.FLAG),
    Column("question", Kind.JSON),
    Column("label", Kind.JSON),
)

_RATINGS: Final = {
    Label.NECESSARY: 1,
    Label.REDUNDANT: 0,
    Label.INCORRECT: -1,
    Label.INCOMPLETE: -1,
}


def prm800k_row(
    trace: Trace,
    findings: Findings,
    steps: Sequence[StepDecision],
    include: Include,
    shares: Mapping[str, float],
) -> dict[str, Any] | None:
    """A trace up to its last step with a label; None if no step has one.

    Each step is its own only completion. Steps before the last labelled one that have no label,
    and valid steps of unknown necessity, are rated null.

    Args:
        shares: The share of wrong labels that each certificate promises at most, by its id.
    """
    known = [settled(decided, include) for decided in steps]
    rated = [rating(one) for one in known]
    end = max((at for at, one in enumerate(rated) if one is not None), default=-1) + 1
    if not end:
        return None
    told = [one for one in known[:end] if one is not None]
    verdicts = [verdict for one in told for verdict in one.verdicts]
    experts = {verdict.expert for verdict in verdicts}
    seconds = [verdict.seconds for verdict in verdicts if verdict.seconds is not None]
    return {
        "labeler": experts.pop() if len(experts) == 1 else None,
        "timestamp": max(one.at for one in verdicts).isoformat() if verdicts else None,
        "generation": None,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": prompt(trace),
            "ground_truth_solution": None,
            "ground_truth_answer": trace.reference_answer,
            "pre_generated_steps": [step.text for step in trace.steps],
            "pre_generated_answer": trace.final_answer,
            "pre_generated_verifier_score": None,
        },
        "label": {
            "steps": [
                _step(step.text, known[step.index], goes_on=step.index < end - 1)
                for step in trace.steps[:end]
            ],
            "total_time": round(1000 * sum(seconds)) if seconds else None,
            "finish_reason": _finish(trace, rated),
            # what the form has no place for: a column of its own would trip readers of the form
            "triage": _beside(
                trace, steps[:end], known[:end], soft_labels(trace, findings)[:end], shares
            ),
        },
    }


def rating(one: Settled | None) -> int | None:
    """A label as PRM800K rates it; None where it is not known well enough."""
    if one is None:
        return None
    if one.label is None:
        return -1 if one.validity is Validity.INVALID else None
    return _RATINGS[one.label]


def _step(text: str, one: Settled | None, *, goes_on: bool) -> dict[str, Any]:
    rated = rating(one)
    corrected = one.correction if one is not None and one.by is not DecidedBy.MACHINE else None
    human = None
    if corrected is not None:
        human = {
            "text": corrected,
            "rating": None,
            "source": "human",
            "flagged": False,
            "corrected_rating": None,
        }
    return {
        "completions": [{"text": text, "rating": rated, "flagged": False}],
        "human_completion": human,
        # the trace itself went on from this very step; the last one was taken if it is not wrong
        "chosen_completion": 0 if goes_on or rated != -1 else None,
    }


def _finish(trace: Trace, rated: Sequence[int | None]) -> str:
    if -1 in rated:
        return "found_error"
    return "give_up" if None in rated or trace.final_correct is False else "solution"


def _beside(
    trace: Trace,
    steps: Sequence[StepDecision],
    known: Sequence[Settled | None],
    soft: Sequence[float | None],
    shares: Mapping[str, float],
) -> dict[str, Any]:
    return {
        "trace_id": trace.id,
        "domain": trace.domain,
        "group": trace.group,
        "generator": trace.generator,
        "step_labels": [one.label if one else None for one in known],
        "soft_labels": list(soft),
        "inherits_error": [step.inherits_error for step in steps],
        "by": [one.by.value if one else None for one in known],
        "certificates": [one.certificate if one else None for one in known],
        "wrong_at_most": [one.wrong_at_most(shares) if one else None for one in known],
        "metadata": trace.metadata,
    }
