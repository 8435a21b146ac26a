"""The four labels of a step, what they imply, and the words that input files may use."""

from enum import StrEnum
from typing import Final


class Label(StrEnum):
    """What a step is, judged on the problem and the earlier steps alone."""

    NECESSARY = "necessary"
    REDUNDANT = "redundant"
    INCORRECT = "incorrect"
    INCOMPLETE = "incomplete"

    @property
    def shown(self) -> str:
        """The wording that people read."""
        return _SHOWN[self]

    @property
    def validity(self) -> "Validity":
        """Whether a step with this label may stand."""
        return _VALIDITY[self]


class Validity(StrEnum):
    """The coarser judgement: a valid step may stand, whether needed or not."""

    VALID = "valid"
    INVALID = "invalid"


class Word(StrEnum):
    """A judgement as input files write it: a label, or `correct` if necessity was not judged."""

    NECESSARY = "necessary"
    REDUNDANT = "redundant"
    INCORRECT = "incorrect"
    INCOMPLETE = "incomplete"
    CORRECT = "correct"

    @property
    def label(self) -> Label | None:
        """The label it stands for; None for `correct`, which judges validity only."""
        return None if self is Word.CORRECT else Label(self.value)

    @property
    def validity(self) -> Validity:
        """Whether a step judged with this word may stand."""
        return Validity.VALID if self is Word.CORRECT else Label(self.value).validity


LABELS: Final = tuple(Label)

_SHOWN: Final = {
    Label.NECESSARY: "correct and necessary",
    Label.REDUNDANT: "correct but redundant",
    Label.INCORRECT: "incorrect",
    Label.INCOMPLETE: "incomplete",
}
_VALIDITY: Final = {
    Label.NECESSARY: Validity.VALID,
    Label.REDUNDANT: Validity.VALID,
    Label.INCORRECT: Validity.INVALID,
    Label.INCOMPLETE: Validity.INVALID,
}
