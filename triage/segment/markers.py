"""Marks that writers put before a step: "Step 3:", "### Title", "3.", "(3)", "-"."""

import re
from enum import IntEnum
from typing import Final, NamedTuple

_LEAD: Final = r"(?:>[ \t]*+)?"
_ORDINAL: Final = r"(?:\d{1,4}|[ivx]{1,5}|one|two|three|four|five|six|seven|eight|nine|ten)"
_STEP: Final = re.compile(
    rf"""
    {_LEAD}(?:\#{{1,6}}[ \t]++)?(?P<emphasis>\*\*|__|\*)?
    (?i:(?:step|schritt|étape|etape|paso|passo|шаг)[ \t]*+\#?{_ORDINAL}\b)
    (?P<tail>[ \t]*+(?:\*\*|__|\*)?[ \t]*+(?:[:.)]|[-–—](?=\s))?(?:\*\*|__|\*)?)[ \t\r]*+
    """,
    re.VERBOSE,
)
_HEADING: Final = re.compile(r"#{1,6}[ \t]++(?=\S)")
_NUMBER: Final = re.compile(
    rf"""
    {_LEAD}(?P<emphasis>\*\*|__)?
    (?:\d{{1,3}}[.)]|\(\d{{1,3}}\)|\((?:[a-z]|[ivx]{{2,4}})\)|[a-z]\)|[①-⑳])
    (?P<tail>(?:\*\*|__)?)[ \t]++(?=\S)
    """,
    re.VERBOSE,
)
_BULLET: Final = re.compile(rf"{_LEAD}[-*+•·–—‣◦][ \t]++(?=\S)")
_BEGINS: Final = re.compile(r"[^A-Za-z]|[a-z]\)|(?i:st|sc|et|pa)")
"""What every mark begins with: a quick look that spares most lines the closer ones."""


class Rank(IntEnum):
    """Kinds of marks, the strongest first: where there are steps, bullets are detail."""

    STEP = 0
    NUMBER = 1
    HEADING = 2
    BULLET = 3


class Marker(NamedTuple):
    """A mark at the beginning of a line.

    Attributes:
        indent: Column where it begins.
        end: Where the step's own text begins; the mark stays in it (`end` is its start) if leaving
            it out would tear an emphasis apart.
    """

    rank: Rank
    indent: int
    end: int


def find_marker(text: str, first: int, end: int, indent: int) -> Marker | None:
    """The mark with which `text[first:end]`, the rest of a line behind its blanks, begins."""
    if _BEGINS.match(text, first, end) is None:
        return None
    step = _STEP.match(text, first, end)
    if step is not None and (step["tail"].strip() or step.end() == end):
        return _marker(Rank.STEP, step, indent)
    number = _NUMBER.match(text, first, end)
    if number is not None:
        return _marker(Rank.NUMBER, number, indent)
    for rank, pattern in ((Rank.HEADING, _HEADING), (Rank.BULLET, _BULLET)):
        plain = pattern.match(text, first, end)
        if plain is not None:
            return Marker(rank, indent, plain.end())
    return None


def is_rule(line: str) -> bool:
    """Whether a line, without leading blanks, is a mere ruler such as `---`."""
    if line[0] not in "-*_":
        return False
    signs = line.replace(" ", "").strip()
    return len(signs) >= 3 and set(signs) == {line[0]}


def _marker(rank: Rank, match: re.Match[str], indent: int) -> Marker:
    emphasis = match["emphasis"]
    torn = emphasis is not None and emphasis not in match["tail"]
    return Marker(rank, indent, match.start() if torn else match.end())
