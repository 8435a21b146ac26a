"""The forms of traces and verdicts in input files; published, not used to read."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from triage.records.trace import Probability
from triage.records.verdict import Verdict

Text = Annotated[str | int | float, Field(description="a text; a number is read as its text")]
Foreign = Annotated[
    str | int | float | bool | None,
    Field(
        description="necessary, redundant, incorrect, incomplete, correct (valid, necessity not "
        "judged), or a word that the label map knows; null is not labelled"
    ),
]


class JudgementInput(BaseModel):
    """Judgements made elsewhere, one entry a step. What is not known here is kept as metadata."""

    model_config = ConfigDict(extra="allow")

    source: str | None = Field(default=None, min_length=1, description="who judged")
    name: str | None = Field(default=None, min_length=1, description="the same, in `judges`")
    step_labels: list[Foreign] | None = Field(default=None, description="one word a step")
    step_scores: list[Probability | None] | None = Field(
        default=None, description="probability that the step is valid; null abstains"
    )
    confidences: list[Probability | None] | None = Field(
        default=None, description="confidence in the label, in [0, 1]"
    )
    explanations: list[Text | None] | None = Field(default=None, description="why, one a step")
    saw_reference: bool | None = Field(
        default=None, description="whether the judge was shown the reference answer"
    )


class HumanInput(BaseModel):
    """Expert labels, for training, calibration and evaluation only; never seen by a judge."""

    model_config = ConfigDict(extra="allow")

    first_error: int | None = Field(
        default=None, ge=0, description="0-based index of the first wrong step"
    )
    first_error_known: bool | None = Field(
        default=None, description="whether a null first_error means that there is no error"
    )
    step_labels: list[Foreign] | None = Field(default=None, description="one word or null a step")


def _one_of_steps_and_text(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [
        {"required": [name], "properties": {name: {"type": kind}}}
        for name, kind in (("steps", "array"), ("text", "string"))
    ]


class TraceInput(BaseModel):
    """One trace of an input file. Only `problem` and one of `steps` and `text` are required.

    Fields that are not known here land in `metadata` and come back on export.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=_one_of_steps_and_text)

    id: Text | None = Field(
        default=None, description="unique; made from the content's hash when absent"
    )
    domain: str | None = Field(
        default=None, description="math, logic, medical, legal or any other word"
    )
    subject: str | None = Field(default=None, description="finer topic")
    problem: str = Field(min_length=1, description="the question with its context")
    options: list[str] | None = Field(default=None, description="answer options")
    steps: list[str] | None = Field(
        default=None, min_length=1, description="the ordered steps; none may be empty"
    )
    text: str | None = Field(
        default=None, min_length=1, description="unsegmented text, cut into steps by triage"
    )
    final_answer: Text | None = Field(default=None, description="the trace's answer")
    reference_answer: Text | None = Field(default=None, description="the known right answer")
    final_correct: bool | None = Field(
        default=None, description="whether the answer is right, where known without a reference"
    )
    group: Text | None = Field(
        default=None, description="ties alternative traces of one problem; from its text if absent"
    )
    generator: str | None = Field(default=None, description="who wrote the trace")
    proposals: list[JudgementInput] | None = Field(
        default=None, description="judgements made elsewhere"
    )
    judges: list[JudgementInput] | None = Field(
        default=None, description="the same, with `name` for `source`"
    )
    human: HumanInput | None = Field(default=None, description="expert labels")
    metadata: dict[str, JsonValue] | None = Field(
        default=None, description="anything; comes back on export"
    )


class VerdictInput(Verdict):
    """One verdict of a file of verdicts."""

    answer_id: str | None = Field(
        default=None, min_length=1, description="the answer's own id, by which it is taken once"
    )
