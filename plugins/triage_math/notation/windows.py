"""Which parts of a plain text are worth cutting into tokens: those near a relation."""

import re
from bisect import bisect
from typing import Final

from triage_math.notation import latex

REACH: Final = 600
"""How many characters before and behind a relation are looked at."""
_RELATION: Final = re.compile("[=≈≠≤≥≡<>]")
_ROW: Final = f"⇒{latex.ROW}{latex.DISPLAY}{latex.DISPLAY_END}"
_BREAK: Final = re.compile(rf"[\n.;{_ROW}](?:(?<=\n)\n*|(?<=[.;]) |(?<=[{_ROW}]))")
"""It opens with one set of signs, which is sought much faster than one of several forms."""


def ranges(text: str) -> list[tuple[int, int]]:
    """The parts of a text near its relations: with the line before and after each."""
    found: list[tuple[int, int]] = []
    breaks = [m.end() for m in _BREAK.finditer(text)]
    for relation in _RELATION.finditer(text):
        at = relation.start()
        if found and at < found[-1][1] - 1:
            continue
        low, high = max(0, at - REACH), min(len(text), at + REACH)
        i = bisect(breaks, at)
        low = max(low, breaks[i - 3]) if i > 2 else low
        high = min(high, breaks[i + 1]) if i + 1 < len(breaks) else high
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found
