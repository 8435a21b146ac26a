"""What a judge has to answer, and whether what came back is an answer: never a guess."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.judging.questions.fence import plain
from triage.providers import Finish
from triage.records import LABELS, Label, Passage, Validity
from triage.redaction import uncovered

_TYPOGRAPHY: Final = str.maketrans("‘’‚‛“”„‟‐‑‒–—―", "'" * 4 + '"' * 4 + "-" * 6)
_FENCED: Final = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply is no answer.

    Attributes:
        code: `refusal`, `cut`, `not-json`, `bad-schema`, `unknown-label`, `unknown-error-kind`,
            `unknown-severity`, `contradiction`, `quote-not-found`, `unknown-citation`,
            `citation-not-found`, `missing-step`, `duplicate-step`, `unknown-step`.
    """

    code: str
    detail: str = ""


class Citation(BaseModel):
    """What a judge rests on in a passage that it was shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    passage: str
    quote: str


class StepAnswer(BaseModel):
    """One judge's answer on one step, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rationale: str
    quotes: tuple[str, ...]
    error_kind: str | None
    label: Label
    inherits_error: bool
    confidence: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
    severity: str | None = None
    citations: tuple[Citation, ...] = ()


class _Numbered(StepAnswer):
    step: int


class _Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    steps: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Expected:
    """What an answer is checked against.

    Attributes:
        steps: Numbers of the steps that must be answered; one for a question about one step.
        whole: Whether the answer is a list with an item a step.
        visible: Everything the judge was shown of the trace, without differences of spacing.
        error_kinds: The words for kinds of error in this domain.
        severities: The words for how much an error matters in this domain.
        passages: The passages that the judge was shown, by id.
        originals: What stands behind each placeholder that private pieces were covered with.
    """

    steps: tuple[int, ...]
    whole: bool
    visible: str
    error_kinds: tuple[str, ...]
    severities: tuple[str, ...] = ()
    passages: Mapping[str, Passage] = field(default_factory=dict)
    originals: Mapping[str, str] = field(default_factory=dict)


Judged = Mapping[int, StepAnswer | Problem]
"""For every expected step an answer, or why there is none."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an answer.

    Attributes:
        schema: As JSON schema: strict, closed, and without what some provider refuses.
        text: The same as JSON.
    """

    schema: Mapping[str, Any]
    text: str


@lru_cache(maxsize=256)
def form_for(
    error_kinds: tuple[str, ...],
    severities: tuple[str, ...] = (),
    passages: tuple[str, ...] = (),
    *,
    whole: bool,
) -> Form:
    """The form that is sent along with a question.

    The rationale comes first, so that a model writes its reasons before its label. Where passages
    are shown, citations of them are asked for, and where a field has words for it, the severity.
    """
    fields: dict[str, Any] = {
        "rationale": {"type": "string"},
        "quotes": {"type": "array", "items": {"type": "string"}},
        **({"citations": _citations(passages)} if passages else {}),
        "error_kind": _one_of(error_kinds),
        **({"severity": _one_of(severities)} if severities else {}),
        "label": {"type": "string", "enum": [label.value for label in LABELS]},
        "inherits_error": {"type": "boolean"},
        "confidence": {"type": "number"},
    }
    schema = _closed(fields)
    if whole:
        items = _closed({"step": {"type": "integer"}, **fields})
        schema = _closed({"steps": {"type": "array", "items": items}})
    return Form(schema, json.dumps(schema))


def _one_of(words: Sequence[str]) -> dict[str, Any]:
    return {"anyOf": [{"type": "string", "enum": list(words)}, {"type": "null"}]}


def _citations(passages: Sequence[str]) -> dict[str, Any]:
    one = {"passage": {"type": "string", "enum": list(passages)}, "quote": {"type": "string"}}
    return {"type": "array", "items": _closed(one)}


def _closed(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def squeezed(text: str) -> str:
    """The text with one kind of quotation mark, dash and space, for comparing quotes."""
    return " ".join(text.translate(_TYPOGRAPHY).split())


def read(text: str, finish: str, expected: Expected) -> Judged:
    """The answers in a reply, step by step; one bad step does not cost the others."""
    if finish == Finish.REFUSED:
        return dict.fromkeys(expected.steps, Problem("refusal", text[:300]))
    if finish == Finish.CUT:
        return dict.fromkeys(expected.steps, Problem("cut", "stopped at the token limit"))
    fenced = _FENCED.match(text)
    inner = fenced[1] if fenced else text
    if not expected.whole:
        number = expected.steps[0]
        return {number: _checked(inner, StepAnswer, number, expected)}
    try:
        items = _Whole.model_validate_json(inner, strict=True).steps
    except ValidationError as error:
        return dict.fromkeys(expected.steps, _problem(error))
    return _read_items(items, expected)


def _read_items(items: Sequence[dict[str, Any]], expected: Expected) -> Judged:
    numbered = [item for item in items if type(item.get("step")) is int]
    counts = Counter(item["step"] for item in numbered)
    # earlier steps may be answered along the way: they were shown, and are left out
    if strange := sorted(set(counts).difference(range(expected.steps[-1] + 1))):
        # the judge counts in its own way: none of its numbers can be trusted
        problem = Problem("unknown-step", f"there is no step {strange[0]}")
        return dict.fromkeys(expected.steps, problem)
    by_number = {item["step"]: item for item in numbered}
    judged: dict[int, StepAnswer | Problem] = {}
    for number in expected.steps:
        if counts[number] > 1:
            judged[number] = Problem("duplicate-step", f"step {number} came {counts[number]} times")
        elif number not in by_number:
            judged[number] = Problem("missing-step", f"step {number} was left out")
        else:
            whole = json.dumps(by_number[number])
            judged[number] = _checked(whole, _Numbered, number, expected)
    return judged


def _checked(
    text: str, form: type[StepAnswer], number: int, expected: Expected
) -> StepAnswer | Problem:
    try:
        answer = form.model_validate_json(text, strict=True)
    except ValidationError as error:
        return _problem(error)
    if answer.error_kind is not None:
        if answer.error_kind not in expected.error_kinds:
            return Problem("unknown-error-kind", answer.error_kind[:100])
        if answer.label.validity is Validity.VALID:
            said = f"{answer.label} with the error kind {answer.error_kind}"
            return Problem("contradiction", said)
    if answer.severity is not None:
        if answer.severity not in expected.severities:
            return Problem("unknown-severity", answer.severity[:100])
        if answer.label.validity is Validity.VALID:
            said = f"{answer.label} with an error that is {answer.severity}"
            return Problem("contradiction", said)
    if answer.inherits_error and number == 0:
        return Problem("contradiction", "the first step cannot rest on an earlier one")
    answer = _uncovered(answer, dict(expected.originals))
    for quote in answer.quotes:
        if squeezed(quote) not in expected.visible:
            return Problem("quote-not-found", quote[:300])
    for citation in answer.citations:
        if (passage := expected.passages.get(citation.passage)) is None:
            return Problem("unknown-citation", citation.passage[:100])
        if squeezed(citation.quote) not in squeezed(plain(passage.text)):
            return Problem("citation-not-found", f"{citation.passage}: {citation.quote[:250]}")
    return answer


def _uncovered(answer: StepAnswer, originals: dict[str, str]) -> StepAnswer:
    """The answer with private pieces put back where the judge repeats their placeholders."""
    if not originals:
        return answer
    return answer.model_copy(
        update={
            "rationale": uncovered(answer.rationale, originals),
            "quotes": tuple(uncovered(quote, originals) for quote in answer.quotes),
            "citations": tuple(
                one.model_copy(update={"quote": uncovered(one.quote, originals)})
                for one in answer.citations
            ),
        }
    )


def _problem(error: ValidationError) -> Problem:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    detail = f"{where}: {first['msg']}"[:300]
    if first["type"] == "json_invalid":
        return Problem("not-json", detail)
    return Problem("unknown-label" if _only_a_strange_label(error) else "bad-schema", detail)


def _only_a_strange_label(error: ValidationError) -> bool:
    return all(found["loc"] == ("label",) and found["type"] == "enum" for found in error.errors())
