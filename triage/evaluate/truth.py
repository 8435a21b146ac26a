"""What the human labels of a trace tell about each step, and where they are silent."""

from typing import NamedTuple

from triage.records import Human, Label, Trace, Validity, Word


class Truth(NamedTuple):
    """The human's view of one trace.

    Attributes:
        validity: One entry a step; None where the human left it open.
        words: The human's word a step; None where the step was not labelled.
        first_error_known: Whether the human told where the first error is, or that there is none.
        first_error: Its 0-based index; None means none if `first_error_known`, else not known.
    """

    validity: tuple[Validity | None, ...]
    words: tuple[Word | None, ...]
    first_error_known: bool
    first_error: int | None

    @property
    def erroneous(self) -> bool:
        """Whether the trace is known to hold an error."""
        return self.first_error is not None

    @property
    def error_free(self) -> bool:
        """Whether the trace is known to hold none."""
        return self.first_error_known and self.first_error is None

    def labels(self) -> tuple[Label | None, ...]:
        """The human's label a step; None also where the word is `correct`."""
        return tuple(word.label if word is not None else None for word in self.words)


def truth_of(trace: Trace) -> Truth:
    """Derive what is known of each step from the first error and the step labels.

    Before a first error the steps are valid, at it invalid, after it unknown; without an error all
    are valid. A step's own word goes before that. Where no first error is told, it is the first
    step with an invalid word, provided that all earlier steps are labelled.
    """
    count = len(trace.steps)
    human = trace.human or Human()
    words: tuple[Word | None, ...] = (human.step_labels or ())[:count]
    words += (None,) * (count - len(words))
    known, first = _first_error(human, words)
    return Truth(
        validity=tuple(
            word.validity if word is not None else _by_position(index, known, first)
            for index, word in enumerate(words)
        ),
        words=words,
        first_error_known=known,
        first_error=first,
    )


def _first_error(human: Human, words: tuple[Word | None, ...]) -> tuple[bool, int | None]:
    if human.first_error_known:
        return True, human.first_error
    for index, word in enumerate(words):
        if word is None:
            return False, None
        if word.validity is Validity.INVALID:
            return True, index
    return True, None


def _by_position(index: int, known: bool, first: int | None) -> Validity | None:
    if not known or (first is not None and index > first):
        return None
    return Validity.INVALID if index == first else Validity.VALID
