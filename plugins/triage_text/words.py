"""Texts as words, for comparing what is quoted with what stands there."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:[.,][0-9]+)*")


def words(text: str) -> list[str]:
    """The words and figures of a text, without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign)))


def holds(whole: list[str], part: list[str]) -> bool:
    """Whether the words of a part stand in a whole one after the other."""
    if not part:
        return True
    joined = f" {' '.join(whole)} "
    return f" {' '.join(part)} " in joined


def share_in_order(whole: list[str], part: list[str], enough: float = 1.0) -> float:
    """The greatest share of a part's words that some stretch of the whole has in the same order.

    The stretch is half as long again as the part, so that an inserted word or two do not count. Its
    beginning moves on by a quarter of the part, which bounds the work on a long text.

    Args:
        whole: Where the part is looked for.
        part: What is looked for.
        enough: A share at which no greater one is looked for.
    """
    if not part:
        return 1.0
    pace = len(part) // 4 + 1
    length = len(part) + len(part) // 2 + pace
    best = 0
    for start in range(0, max(1, len(whole)), pace):
        best = max(best, _common(whole[start : start + length], part))
        if best >= enough * len(part):
            break
    return best / len(part)


def _common(one: list[str], other: list[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        diagonal = 0
        for place, against in enumerate(other, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == against else max(above, row[place - 1])
            diagonal = above
    return row[-1]
