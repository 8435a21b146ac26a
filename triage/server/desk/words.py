"""What the desk's answers are called and mean."""

from typing import Final

from triage.records import LABELS, Label, Record


class Answer(Record):
    """One of the four answers as the page shows it.

    Attributes:
        meaning: Half a line, always in view.
        definition: The whole of it, for the help.
    """

    word: Label
    shown: str
    meaning: str
    definition: str


_MEANINGS: Final = {
    Label.NECESSARY: (
        "follows, and moves towards the answer",
        "It follows from the problem and the earlier steps, and moves towards the answer.",
    ),
    Label.REDUNDANT: (
        "true, but adds nothing to what is there",
        "It is true, but adds nothing to the problem and the earlier steps.",
    ),
    Label.INCORRECT: (
        "does not follow, is false, or contradicts",
        "It is false, does not follow, or contradicts the problem or an earlier step.",
    ),
    Label.INCOMPLETE: (
        "can't be judged, or jumps an inference",
        "It can't be judged as it stands: information is missing, or an inference is jumped over.",
    ),
}

ANSWERS: Final = tuple(
    Answer(word=label, shown=label.shown, meaning=meaning, definition=definition)
    for label in LABELS
    for meaning, definition in (_MEANINGS[label],)
)
"""In the order of their keys, 1 to 4, which never changes."""
