"""The lines of a text and how they group: into paragraphs, and under the writer's own marks."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low
from typing import Final, NamedTuple

from triage.segment.markers import Marker, Rank, find_marker, is_rule
from triage.segment.protect import Guard

_NEWLINE: Final = re.compile(r"\n")
_SENTENCE_END: Final = (".", "!", "?", "。")


class Line(NamedTuple):
    """A line that says something; lines that a protected range holds together are one.

    Attributes:
        opens: Whether a blank line (or the text's beginning) stands before it.
        block: Whether it is nothing but a display, a code block or a table.
    """

    start: int
    end: int
    opens: bool
    marker: Marker | None
    block: bool


Group = list[Line]


def find_lines(text: str, guard: Guard) -> list[Line]:
    """The lines of a text without the blank ones and mere rulers."""
    lines: list[Line] = []
    start, opens = 0, True
    ends = [found.start() for found in _NEWLINE.finditer(text)]
    for end in (*ends, len(text)):
        if guard.ranges and end < len(text) and guard.at(end) is not None:
            continue
        row = text[start:end].lstrip()
        if not row or is_rule(row):
            opens = True
        else:
            first = end - len(row)
            block = guard.block_over(first, end, text)
            marker = None if block else find_marker(text, first, end, first - start)
            lines.append(Line(start, end, opens, marker, block))
            opens = False
        start = end + 1
    return lines


def by_paragraph(lines: Sequence[Line], text: str) -> list[Group]:
    """Group lines between blank lines; a display stays with the words that lead to it."""
    groups: list[Group] = []
    for line in lines:
        if groups and not (line.opens and not _goes_on(groups[-1][-1], line, text)):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def by_line(lines: Sequence[Line], text: str) -> list[Group]:
    """Every line for itself; a display stays with the words that lead to it."""
    groups: list[Group] = []
    for line in lines:
        if groups and _goes_on(groups[-1][-1], line, text):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def by_marker(lines: Sequence[Line], text: str, weakest: Rank) -> list[Group] | None:
    """Group lines under the strongest marks that occur at least twice; None if none do.

    Marks weaker than `weakest` don't count. Before the first mark paragraphs stand for themselves,
    and so do those of an item beyond as many as items of this list hold: in a tight list all after
    the first, else only those behind the last item that are more than any earlier item has.
    """
    found = _cuts(lines, weakest)
    if found is None:
        return None
    rank, cuts = found
    sections = [
        by_paragraph(lines[one:other], text) for one, other in pairwise((*cuts, len(lines)))
    ]
    sizes = [len(section) for section in sections[:-1]]
    tight = rank in (Rank.NUMBER, Rank.BULLET) and median_low(sizes) == 1
    usual = 1 if tight else max(sizes)
    groups = by_paragraph(lines[: cuts[0]], text)
    for section in sections:
        kept = usual if tight or section is sections[-1] else len(section)
        groups += [[line for group in section[:kept] for line in group], *section[kept:]]
    return _with_titles(groups)


def _cuts(lines: Sequence[Line], weakest: Rank) -> tuple[Rank, list[int]] | None:
    for rank in Rank:
        marked = [
            (index, line.marker)
            for index, line in enumerate(lines)
            if line.marker is not None and line.marker.rank is rank
        ]
        if rank > weakest or len(marked) < 2:
            continue
        outermost = min(marker.indent for _, marker in marked)
        chosen = {index for index, marker in marked if marker.indent <= outermost + 1}
        if len(chosen) < 2:
            continue
        titles = {
            index
            for index, line in enumerate(lines)
            if line.marker is not None and line.marker.rank in (Rank.STEP, Rank.HEADING)
        }
        return rank, sorted(chosen | titles)
    return None


def _with_titles(groups: list[Group]) -> list[Group]:
    """Put a heading without a text of its own to the section that follows, if that has one."""
    joined: list[Group] = []
    for group in groups:
        if joined and _is_title(joined[-1]) and not _is_title(group):
            joined[-1] = [*joined[-1], *group]
        else:
            joined.append(group)
    return joined


def _is_title(group: Group) -> bool:
    marker = group[0].marker
    return len(group) == 1 and marker is not None and marker.rank is Rank.HEADING


def _goes_on(before: Line, line: Line, text: str) -> bool:
    if line.marker is not None:
        return False
    last = text[before.start : before.end].rstrip()
    if line.block:
        return not before.block and not last.endswith(_SENTENCE_END)
    first = text[line.start : line.end].lstrip()[:1]
    return before.block and first.islower() and not last.endswith(_SENTENCE_END)
