"""What passes between the desk and the queue: an answer, what became of it, and refusals."""

from typing import Final, NamedTuple

from triage.errors import TriageError
from triage.records import Label, Mode

UNDOABLE: Final = 3
"""How many of the last answers can be taken back."""

LOST: Final = "the step went to somebody else or was decided: ask for the next one"
NOT_SKIPPED: Final = "you did not skip this step: nothing was changed"
TOO_OLD: Final = f"only the last {UNDOABLE} answers can be taken back"


class LostError(TriageError):
    """The step does not lie before the expert any more: ask for the next one."""


class TakenError(TriageError):
    """The answer's id stands for another answer, or the answer can't be changed any more."""


class Answered(NamedTuple):
    """What an expert says of a step that lies there under a token.

    Attributes:
        answer_id: Made by the page; sent again, it counts once.
        seconds: Time the expert took.
    """

    answer_id: str
    token: str
    label: Label
    inherits_error: bool | None
    mode: Mode
    seconds: float | None
    note: str | None
    correction: str | None


class Receipt(NamedTuple):
    """What became of an answer.

    Attributes:
        known: Whether it was there before.
        notice: What to tell the expert besides; None for nothing.
    """

    known: bool
    notice: str | None = None
