"""From a text to its steps, each with its place in the text."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final

from triage.records import Span, Step
from triage.segment.blocks import Group, Line, by_line, by_marker, by_paragraph, find_lines
from triage.segment.markers import Rank
from triage.segment.protect import Guard
from triage.segment.sentences import sentence_ends

_WRAPPED: Final = 60
"""From this length on, a line that ends in the middle of a sentence was wrapped by an editor."""


class Granularity(StrEnum):
    """How fine a text is cut."""

    AUTO = "auto"
    """By the writer's marks if there are two, else by paragraph, else by line, else by sentence."""
    MARKED = "marked"
    """By marks ("Step 2:", numbers, headings, bullets), or by paragraph where there are none."""
    PARAGRAPH = "paragraph"
    """At blank lines only."""
    LINE = "line"
    """At every line: one transformation of a calculation."""
    SENTENCE = "sentence"
    """At every sentence: one piece of evidence."""


def segment(text: str, granularity: Granularity = Granularity.AUTO) -> tuple[Step, ...]:
    """Cut a text into steps.

    Formulas, LaTeX environments, code blocks and tables are never cut, and a display stays with
    the words that lead to it. The mark before a step ("Step 2:", "2.", "-", "###") is no part of
    its text, unless it stands inside an emphasis that goes on. Time is linear in the text's length.

    Returns:
        The steps, in order; `text[slice(*step.span)] == step.text` holds, spans don't overlap, and
        only blanks, marks and rulers lie between them. Empty only if the text is blank.
    """
    guard = Guard(text)
    lines = find_lines(text, guard)
    spans = [
        span
        for part in _parts(lines, text, granularity, guard)
        if (span := _trimmed(text, *part)) is not None
    ]
    if not spans and text.strip():
        first = len(text) - len(text.lstrip())
        spans = [(first, len(text.rstrip()))]
    return tuple(
        Step(index=index, text=text[start:end], span=(start, end))
        for index, (start, end) in enumerate(spans)
    )


def _parts(
    lines: Sequence[Line], text: str, granularity: Granularity, guard: Guard
) -> Iterator[Span]:
    if granularity is Granularity.SENTENCE:
        yield from _sentences(lines, text, guard)
        return
    groups = _groups(lines, text, granularity)
    if groups is None:
        yield from _sentences(lines, text, guard)
        return
    for group in groups:
        yield _begin(group[0]), group[-1].end


def _groups(lines: Sequence[Line], text: str, granularity: Granularity) -> list[Group] | None:
    if granularity is Granularity.LINE:
        return by_line(lines, text)
    paragraphs = by_paragraph(lines, text)
    if granularity is Granularity.PARAGRAPH:
        return paragraphs
    # Between paragraphs, bullets are details of the paragraph they stand in.
    detail = granularity is Granularity.AUTO and len(paragraphs) > 1
    marked = by_marker(lines, text, Rank.HEADING if detail else Rank.BULLET)
    if marked is not None or granularity is Granularity.MARKED:
        return paragraphs if marked is None else marked
    if len(paragraphs) > 1:
        return paragraphs
    wrapped = any(_wraps(one, other, text) for one, other in pairwise(lines))
    rows = by_line(lines, text)
    return None if wrapped or len(rows) == 1 else rows


def _sentences(lines: Sequence[Line], text: str, guard: Guard) -> Iterator[Span]:
    for group in by_paragraph(lines, text):
        start = _begin(group[0])
        for index, line in enumerate(group):
            for end in sentence_ends(text, max(start, line.start), line.end, guard):
                yield start, end
                start = end
            following = group[index + 1] if index + 1 < len(group) else None
            if following is None or not (
                _wraps(line, following, text) or (following.block and not line.block)
            ):
                yield start, line.end
                start = line.end if following is None else _begin(following)


def _wraps(line: Line, following: Line, text: str) -> bool:
    """Whether a sentence goes on in the next line because the line was full."""
    if following.marker is not None or following.block or line.block:
        return False
    shown = text[line.start : line.end].strip()
    first = text[following.start : following.end].lstrip()[:1]
    return len(shown) >= _WRAPPED and first.islower() and shown[-1] not in ".!?:;。"


def _begin(line: Line) -> int:
    return line.start if line.marker is None else line.marker.end


def _trimmed(text: str, start: int, end: int) -> Span | None:
    part = text[start:end]
    left = part.lstrip()
    if not left:
        return None
    start += len(part) - len(left)
    return start, start + len(left.rstrip())
