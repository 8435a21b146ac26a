"""Ranges of a text that no cut may fall into: formulas, code, tables.

One pass over the marks that open and close such ranges, so the time is linear however hostile the
text. What opens and never closes protects nothing.
"""

import re
from bisect import bisect_right
from typing import Final, NamedTuple

_BEGINS_ROW: Final = r"(?m:^)[ \t]*"
_MARK: Final = re.compile(
    rf"""
      (?P<escaped>\\\\|\\\$|\\`)
    | (?P<begin>\\begin\{{(?P<opened>[A-Za-z]{{1,30}}\*?)\}})
    | (?P<end>\\end\{{(?P<closed>[A-Za-z]{{1,30}}\*?)\}})
    | (?P<bracket>\\[\[\]()])
    | (?P<dollars>\$\$?)
    | (?P<blank>\n[ \t\r]*(?=\n))
    | {_BEGINS_ROW}(?P<fence>`{{3,}}|~{{3,}})
    | (?P<tick>`+)
    """,
    re.VERBOSE,
)
_ROW: Final = re.compile(r"^[^\n|]*+\|[^\n]*", re.MULTILINE)
_RULE_SIGNS: Final = frozenset("|-: \t\r")


class Range(NamedTuple):
    """Half-open character range; `block` if it stands for itself: a display, code, a table."""

    start: int
    end: int
    block: bool


class Guard:
    """The protected ranges of one text, disjoint and in order."""

    def __init__(self, text: str) -> None:
        self.ranges = _merged([*_marked(text), *_tables(text)])
        self._starts = [found.start for found in self.ranges]

    def at(self, position: int) -> Range | None:
        """The range in which a cut before `position` would fall, if any."""
        index = bisect_right(self._starts, position - 1) - 1
        if index >= 0 and position < self.ranges[index].end:
            return self.ranges[index]
        return None

    def block_over(self, start: int, end: int, text: str) -> bool:
        """Whether a block fills the range, but for a few signs of punctuation behind it."""
        index = bisect_right(self._starts, start) - 1
        if index < 0 or not self.ranges[index].block:
            return False
        last = self.ranges[index].end
        return start < last and (last >= end or not text[last:end].strip(" \t\r\n.,;:"))


def _marked(text: str) -> list[Range]:
    found: list[Range] = []
    opened: dict[str, int] = {}
    environments: list[tuple[str, int]] = []
    fence: tuple[str, int] | None = None
    for mark in _MARK.finditer(text):
        kind, start, end = mark.lastgroup, mark.start(), mark.end()
        sign = mark[0]
        if mark["fence"]:
            sign = mark["fence"]
            if fence is None:
                fence = (sign, mark.start("fence"))
            elif sign[0] == fence[0][0] and len(sign) >= len(fence[0]):
                found.append(Range(fence[1], _line_end(text, end), block=True))
                fence = None
        elif kind == "blank":
            opened = {"\\[": opened["\\["]} if "\\[" in opened else {}
        elif mark["begin"]:
            environments.append((mark["opened"], start))
        elif mark["end"]:
            _close_environment(found, environments, mark["closed"], end)
        elif sign in ("\\[", "\\("):
            opened[sign] = start
        elif sign in ("\\]", "\\)"):
            first = opened.pop("\\[" if sign == "\\]" else "\\(", None)
            if first is not None:
                found.append(Range(first, end, block=sign == "\\]"))
        elif sign == "$":
            _dollar(found, opened, text, start)
        elif sign == "$$" or mark["tick"]:
            first = opened.pop(sign, None)
            if first is None:
                opened[sign] = start
            else:
                found.append(Range(first, end, block=sign == "$$"))
    return found


def _close_environment(
    found: list[Range], environments: list[tuple[str, int]], name: str, end: int
) -> None:
    # Text that opens thousands of environments and closes others must not cost a search each.
    for depth, (opened, start) in enumerate(reversed(environments[-50:]), 1):
        if opened == name:
            del environments[-depth:]
            found.append(Range(start, end, block=True))
            return


def _dollar(found: list[Range], opened: dict[str, int], text: str, at: int) -> None:
    """A lone dollar opens a formula, closes one, or is money."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    first = opened.get("$")
    if first is not None and before.strip() and not after.isdigit():
        del opened["$"]
        found.append(Range(first, at + 1, block=False))
    elif after.strip():
        opened["$"] = at


def _tables(text: str) -> list[Range]:
    found: list[Range] = []
    start = end = -1
    has_rule = False
    for row in _ROW.finditer(text):
        if row.start() != end + 1 or start < 0:
            if has_rule:
                found.append(Range(start, end, block=True))
            start, has_rule = row.start(), False
        end = row.end()
        has_rule = has_rule or ("-" in row[0] and _RULE_SIGNS.issuperset(row[0]))
    if has_rule:
        found.append(Range(start, end, block=True))
    return found


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _merged(ranges: list[Range]) -> list[Range]:
    merged: list[Range] = []
    for found in sorted(ranges):
        if merged and found.start < merged[-1].end:
            last = merged[-1]
            if found.end > last.end:
                merged[-1] = Range(last.start, found.end, last.block or found.block)
        else:
            merged.append(found)
    return merged
