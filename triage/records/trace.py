"""A draft trace: a problem, ordered steps, and what is known about them from elsewhere."""

from typing import Annotated, Final

from pydantic import Field, JsonValue

from triage.records.base import Record
from triage.records.labels import Word

DEFAULT_DOMAIN: Final = "general"
"""The domain of rows that name none."""
Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Span = tuple[int, int]
"""Half-open range of character offsets."""


class Step(Record):
    """One reasoning step; `span` is its place in the trace's original text, where there was one."""

    index: int = Field(ge=0)
    text: str
    span: Span | None = None


class OutsideJudgement(Record):
    """What a judge outside this run said of the steps; None at a step is an abstention.

    Attributes:
        step_labels: One word or None a step, or absent.
        step_scores: Probability that the step is valid, or None a step, or absent.
        confidences: Confidence in the label, or None a step, or absent.
        explanations: Free text or None a step, or absent.
        saw_reference: Whether the judge was shown the reference answer.
    """

    source: str = Field(min_length=1)
    step_labels: tuple[Word | None, ...] | None = None
    step_scores: tuple[Probability | None, ...] | None = None
    confidences: tuple[Probability | None, ...] | None = None
    explanations: tuple[str | None, ...] | None = None
    saw_reference: bool = False


class Human(Record):
    """Expert labels that came with the trace: for training and evaluation, never shown to a judge.

    Attributes:
        first_error: 0-based index of the first wrong step. None means "no error" only if
            `first_error_known`.
        step_labels: One word or None (not labelled) a step, or absent.
    """

    first_error: int | None = Field(default=None, ge=0)
    first_error_known: bool = False
    step_labels: tuple[Word | None, ...] | None = None


class Trace(Record):
    """A draft trace as the house keeps it: segmented, with the contract's names.

    Attributes:
        text: The unsegmented original, where the input had one; step spans point into it.
        group: Ties alternative traces of one problem together.
        final_correct: Whether the final answer is right, where that is known without a reference.
        metadata: Everything else the input carried; it comes back on export.
    """

    id: str = Field(min_length=1)
    domain: str = DEFAULT_DOMAIN
    subject: str | None = None
    problem: str
    options: tuple[str, ...] | None = None
    steps: tuple[Step, ...] = Field(min_length=1)
    text: str | None = None
    final_answer: str | None = None
    reference_answer: str | None = None
    final_correct: bool | None = None
    group: str
    generator: str | None = None
    proposals: tuple[OutsideJudgement, ...] = ()
    human: Human | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
