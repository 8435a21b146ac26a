"""Stepwise supervision as TRL's trainer of process reward models reads it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from triage.export.columns import Column, Kind
from triage.export.settled import Include, Settled, prompt, settled, soft_labels
from triage.records import Findings, Label, Record, StepDecision, Trace

COLUMNS: Final = (
    Column("prompt", Kind.TEXT),
    Column("completions", Kind.TEXTS),
    Column("labels", Kind.FLAGS),
    Column("steps", Kind.NUMBERS),
    Column("step_labels", Kind.TEXTS),
    Column("soft_labels", Kind.FLOATS),
    Column("inherits_error", Kind.FLAGS),
    Column("by", Kind.TEXTS),
    Column("certificates", Kind.TEXTS),
    Column("wrong_at_most", Kind.FLOATS),
    Column("trace_id", Kind.TEXT),
    Column("domain", Kind.TEXT),
    Column("group", Kind.TEXT),
    Column("generator", Kind.TEXT),
    Column("trace_steps", Kind.NUMBER),
    Column("metadata", Kind.JSON),
)


class As(StrEnum):
    """What a label becomes where there are only true and false."""

    TRUE = "true"
    FALSE = "false"
    DROP = "drop"


class TrlPolicy(Record):
    """What becomes of the four labels.

    Attributes:
        redundant: `false` is what TRL's own conversion of PRM800K does with neutral steps; `drop`
            leaves the step out, which later steps do not need.
        incomplete: `drop` leaves the step out and all that follows it, which may rest on it.
    """

    include: Include = Include.SETTLED
    redundant: As = As.TRUE
    incomplete: As = As.FALSE


class _Kept(NamedTuple):
    step: int
    label: bool
    settled: Settled


def trl_row(
    trace: Trace,
    findings: Findings,
    steps: Sequence[StepDecision],
    policy: TrlPolicy,
    shares: Mapping[str, float],
) -> dict[str, Any] | None:
    """A trace up to its first step without a label; None if that is the first.

    A trainer needs a label for every step it is shown, so the rest of the trace can't go along.

    Args:
        shares: The share of wrong labels that each certificate promises at most, by its id.
    """
    kept = []
    for decided in steps:
        counts = settled(decided, policy.include)
        become = _become(counts, policy) if counts else None
        if counts is None or become is None:
            break
        if become is As.DROP:
            if counts.label is Label.INCOMPLETE:
                break
            continue
        kept.append(_Kept(decided.step, become is As.TRUE, counts))
    if not kept:
        return None
    soft = soft_labels(trace, findings)
    return {
        "prompt": prompt(trace),
        "completions": [trace.steps[one.step].text for one in kept],
        "labels": [one.label for one in kept],
        "steps": [one.step for one in kept],
        "step_labels": [one.settled.label for one in kept],
        "soft_labels": [soft[one.step] for one in kept],
        "inherits_error": [steps[one.step].inherits_error for one in kept],
        "by": [one.settled.by.value for one in kept],
        "certificates": [one.settled.certificate for one in kept],
        "wrong_at_most": [one.settled.wrong_at_most(shares) for one in kept],
        "trace_id": trace.id,
        "domain": trace.domain,
        "group": trace.group,
        "generator": trace.generator,
        "trace_steps": len(trace.steps),
        "metadata": trace.metadata,
    }


def _become(counts: Settled, policy: TrlPolicy) -> As | None:
    """What a step becomes; None where only its validity is known and that does not tell."""
    becomes = {
        Label.NECESSARY: As.TRUE,
        Label.REDUNDANT: policy.redundant,
        Label.INCORRECT: As.FALSE,
        Label.INCOMPLETE: policy.incomplete,
    }
    if counts.label is not None:
        return becomes[counts.label]
    possible = {become for label, become in becomes.items() if label.validity is counts.validity}
    return possible.pop() if len(possible) == 1 else None
