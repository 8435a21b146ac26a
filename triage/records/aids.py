"""What plugins hand to judges' questions: passages to show, and pieces of text to cover."""

from typing import Self

from pydantic import Field, model_validator

from triage.records.base import Record
from triage.records.trace import Span


class Passage(Record):
    """A piece of a source outside the trace that bears on a step.

    Attributes:
        id: What a judge cites it by; the same piece has the same id every time.
        text: The piece, word for word.
        source: Where it stands: a document's name, a section, a year.
        score: How well it fits, the higher the better, on the scale of whoever found it.
    """

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$")
    text: str = Field(min_length=1, max_length=20_000)
    source: str = Field(default="", max_length=500)
    score: float | None = Field(default=None, allow_inf_nan=False)


class Redaction(Record):
    """A piece of a text that must not leave the machine.

    Attributes:
        span: The first character and the one behind the last.
        kind: What it is, one word: `email`, `name`; it stands in the placeholder.
    """

    span: Span
    kind: str = Field(default="private", pattern=r"^[a-z][a-z0-9]{0,19}$")

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.span[0] >= self.span[1]:
            raise ValueError("a redaction covers at least one character")
        return self
