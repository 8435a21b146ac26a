"""The figures of an evaluation, as frozen records that serialise to JSON.

Shares are None where there is nothing to divide by: no data is not a zero.
"""

from pydantic import Field

from triage.records import SCHEMA_VERSION, Record
from triage.records.trace import Probability


class Rate(Record):
    """`count` out of `of`, and their quotient."""

    count: int = Field(ge=0)
    of: int = Field(ge=0)
    share: Probability | None


class RateWithInterval(Rate):
    """A rate with its 95 % confidence interval; the ends are None where there is no share."""

    low: Probability | None
    high: Probability | None


class Detection(Record):
    """How well flags of one kind find the human first error.

    Attributes:
        precision: First errors flagged, of those and all false alarms.
        recall: First errors flagged, of all traces with a known first error.
        alarms_before: Flagged steps, of the valid steps before a first error.
        alarms_in_right: Flagged steps, of the valid steps of traces known to be right.
    """

    precision: Rate
    recall: Rate
    alarms_before: Rate
    alarms_in_right: Rate


class ProcessBench(Record):
    """Accuracy in naming the first error, by kind of trace.

    Attributes:
        erroneous: Traces whose first error was named exactly.
        error_free: Traces without an error that got no flag.
        f1: Harmonic mean of the two shares; 0 if both are 0.
    """

    erroneous: Rate
    error_free: Rate
    f1: Probability | None


class Auroc(Record):
    """Area under the ROC curve: the probability that a positive outscores a negative."""

    positives: int = Field(ge=0)
    negatives: int = Field(ge=0)
    area: Probability | None


class PerLabel(Record):
    """Precision and recall of one label over the steps that the human gave a label."""

    precision: Rate
    recall: Rate


class LabelMetrics(Record):
    """Agreement with human words on every labelled step.

    Attributes:
        by_label: Steps that the human called `correct` take no part here.
        invalid: Precision and recall of `invalid`; here `correct` counts as valid.
        confusion: Steps by the human's word and then by the source's answer: a label, `valid` or
            `invalid` where it gave no label, or `none`.
    """

    steps: int = Field(ge=0)
    by_label: dict[str, PerLabel]
    invalid: PerLabel
    confusion: dict[str, dict[str, int]]


class SourceMetrics(Record):
    """One source in one domain, or in all of them together where `domain` is None.

    `invalid`, `exact_first_error` and `processbench` are None for a source that gave neither a
    validity nor evidence for one; `incorrect` and `labels` also for one that only gave scores.

    Attributes:
        saw_reference: Whether it was shown the reference answer on any trace.
        traces: Traces it took part in; every figure is over these.
        judged: Steps with a label or a validity.
        evidence: Steps with a proposal of any kind, also without a label.
    """

    source: str
    domain: str | None
    saw_reference: bool
    traces: int = Field(ge=0)
    steps: int = Field(ge=0)
    judged: Rate
    evidence: Rate
    abstained: Rate
    failed: Rate
    incorrect: Detection | None
    invalid: Detection | None
    exact_first_error: Rate | None
    processbench: ProcessBench | None
    labels: LabelMetrics | None
    auroc: Auroc | None


class Wrongness(Record):
    """How often the machine contradicts the human on a set of steps.

    Attributes:
        validity: Of the steps where both give a validity.
        label: Of the steps where both give a label.
        steps: All of them.
        unknown: Steps of which the human's validity is not known.
        unclaimed: Steps on which the machine gives no validity.
    """

    steps: int = Field(ge=0)
    validity: RateWithInterval
    label: RateWithInterval
    unknown: int = Field(ge=0)
    unclaimed: int = Field(ge=0)


class TriageMetrics(Record):
    """What routing achieved in one domain, or in all together where `domain` is None.

    Attributes:
        actions: Steps by where they went: `ask`, `hold`, `audit`, `accept`.
        asked_by_reason: Asked steps by reason code, of all steps; a step may have several.
        left: The error among the clear steps: neither asked nor waiting.
        waiting: The error among steps on hold with a reason: they wait on another step's verdict.
        asked: The error among the asked steps.
        risk_auroc: How well the score tells wrong machine validities from right ones.
        machine: The fused answer, measured like any source.
    """

    domain: str | None
    traces: int = Field(ge=0)
    steps: int = Field(ge=0)
    actions: dict[str, Rate]
    asked_by_reason: dict[str, Rate]
    left: Wrongness
    waiting: Wrongness
    asked: Wrongness
    risk_auroc: Auroc
    machine: SourceMetrics


class EvaluationResult(Record):
    """Everything that was measured.

    Attributes:
        traces: All traces that were added.
        with_first_error: Of these, the ones with a known first error or known to have none.
        with_step_labels: Of these, the ones with at least one labelled step.
        sources: By source, and for each source all domains together first.
        triage: All domains together first; empty if no decisions were added.
    """

    traces: int = Field(ge=0)
    with_first_error: int = Field(ge=0)
    with_step_labels: int = Field(ge=0)
    sources: tuple[SourceMetrics, ...]
    triage: tuple[TriageMetrics, ...]
    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")
