"""Covers private pieces of a trace before it leaves the machine, and uncovers what comes back."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Final

from triage.errors import RedactionError
from triage.records import Redaction, Trace

Finder = Callable[[str], Iterable[Redaction]]
"""Says which pieces of a text are private."""

_AFFIX: Final = "X"
_SHORTEST: Final = 3
"""Shorter pieces are covered only where the redactor names their place: they may be words too."""


class Cover:
    """The placeholders of one trace: the same piece gets the same one wherever it stands.

    Texts are learnt and covered in the order in which they are given, and numbers are given out in
    that order, so that what stands before a step mostly looks the same at every later step.

    Args:
        find: Says what is private.
        texts: All texts that will be covered: no placeholder is used that occurs in one of them.
    """

    def __init__(self, find: Finder, texts: Iterable[str] = ()) -> None:
        self._find = find
        self._texts = tuple(texts)
        self._placeholders: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @cached_property
    def _whole(self) -> str:
        return "\x1f".join(self._texts).upper()

    @property
    def originals(self) -> dict[str, str]:
        """What stands behind each placeholder."""
        return {holder: original for original, holder in self._placeholders.items()}

    def learn(self, text: str) -> None:
        """Note what is private in a text, before any other is covered.

        Raises:
            RedactionError: The redactor raised, or named a place outside the text.
        """
        for start, end, kind in self._found(text):
            self._placeholder(text[start:end], kind)

    def hide(self, text: str) -> str:
        """The text with its private pieces, and those found in texts before, covered.

        Raises:
            RedactionError: The redactor raised, or named a place outside the text.
        """
        pieces: list[str] = []
        at = 0
        for start, end, kind in self._found(text):
            pieces += (self._known(text[at:start]), self._placeholder(text[start:end], kind))
            at = end
        return "".join((*pieces, self._known(text[at:])))

    def _known(self, text: str) -> str:
        """What was found private in another text is covered wherever it stands as a word."""
        words = [one for one in self._placeholders if len(one) >= _SHORTEST and one in text]
        if not words:
            return text
        longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", self._holder_of, text)

    def _holder_of(self, found: re.Match[str]) -> str:
        return self._placeholders[found[0]]

    def _named(self, text: str) -> list[Redaction]:
        """What the redactor names, in order."""
        try:
            found = sorted(self._find(text), key=lambda one: one.span)
        except (Exception, SystemExit) as why:  # foreign code: nothing may go out
            raise RedactionError(f"the redactor failed, nothing was sent: {why}") from why
        if any(one.span[0] < 0 or one.span[1] > len(text) for one in found):
            raise RedactionError("a redactor named a place out of the text: nothing was sent")
        return found

    def _found(self, text: str) -> Iterator[tuple[int, int, str]]:
        start = end = 0
        kind = ""
        for one in self._named(text):
            if one.span[0] >= end:
                if end:
                    yield start, end, kind
                (start, end), kind = one.span, one.kind
            else:  # pieces that overlap are covered as one
                end = max(end, one.span[1])
        if end:
            yield start, end, kind

    def _placeholder(self, original: str, kind: str) -> str:
        if original not in self._placeholders:
            word = kind.upper()
            while f"[{word}-" in self._whole:
                word += _AFFIX
            self._counts[word] = self._counts.get(word, 0) + 1
            self._placeholders[original] = f"[{word}-{self._counts[word]}]"
        return self._placeholders[original]


def uncovered(text: str, originals: dict[str, str]) -> str:
    """The text with the originals put back for placeholders."""
    if not originals:
        return text
    holders = "|".join(map(re.escape, originals))
    return re.sub(holders, lambda holder: originals[holder[0]], text)


def covered(trace: Trace, find: Finder, also: Iterable[str] = ()) -> tuple[Trace, Cover]:
    """A trace with everything private covered, and the cover that can be lifted again.

    Args:
        trace: The trace as it would be shown.
        find: Says what is private.
        also: Other texts that will be covered with the same cover.

    Raises:
        RedactionError: The redactor failed.
    """
    texts = (*_texts(trace), *also)
    cover = Cover(find, texts)
    for text in texts:  # first all: what one text shows to be private may stand in another, too
        cover.learn(text)
    if not cover.originals:
        return trace, cover
    hide = cover.hide
    hidden = trace.model_copy(
        update={
            "problem": hide(trace.problem),
            "options": None if trace.options is None else tuple(map(hide, trace.options)),
            "steps": tuple(
                step.model_copy(update={"text": hide(step.text)}) for step in trace.steps
            ),
            "text": None if trace.text is None else hide(trace.text),
            "final_answer": None if trace.final_answer is None else hide(trace.final_answer),
            "reference_answer": (
                None if trace.reference_answer is None else hide(trace.reference_answer)
            ),
        }
    )
    return hidden, cover


def _texts(trace: Trace) -> Iterator[str]:
    yield trace.problem
    yield from trace.options or ()
    yield from (step.text for step in trace.steps)
    yield from (one for one in (trace.text, trace.final_answer, trace.reference_answer) if one)
