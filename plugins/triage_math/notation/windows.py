"""Which parts of a plain text are worth cutting into tokens: those near a relation."""

import re
from bisect import bisect
from typing import Final

from triage_math.notation import latex

REACH: Final = 600
"""How many characters before and behind a relation are looked at."""
ABBREVIATED: Final = frozenset(
    ("mi", "ft", "oz", "lbs", "lb", "hrs", "hr", "min", "sq", "cu", "vs")
)
"""What a full stop behind it does not end a sentence."""
_RELATION: Final = re.compile("[=≈≠≤≥≡<>]")
_ROW: Final = f"⇒{latex.ROW}{latex.DISPLAY}{latex.DISPLAY_END}"
_BREAK: Final = re.compile(rf"[\n.;?{_ROW}](?:(?<=[\n{_ROW}])|(?=[ {latex.MATH_OFF}]))[\s{_ROW}]*")
"""It opens with one set of signs, which is sought much faster than one of several forms."""
_GOES_ON: Final = tuple(f"{word}. " for word in ABBREVIATED)


def breaks_of(text: str) -> list[int]:
    """Where the sentences and lines of a text begin, but for the first."""
    return [m.end() for m in _BREAK.finditer(text)]


def ranges(text: str, breaks: list[int]) -> list[tuple[int, int]]:
    """The parts of a text near its relations: the line of each, and the next one.

    Args:
        text: The text.
        breaks: Where its sentences and lines begin (see `breaks_of`).
    """
    found: list[tuple[int, int]] = []
    for relation in _RELATION.finditer(text):
        at = relation.start()
        if found and at < found[-1][1] - 1:
            continue
        low, high = max(0, at - REACH), min(len(text), at + REACH)
        i = bisect(breaks, at)
        high = min(high, breaks[i + 1]) if i + 1 < len(breaks) else high
        while i and text.endswith(_GOES_ON, low, breaks[i - 1]):
            i -= 1
        low = max(low, breaks[i - 1]) if i else low
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found
