"""Marks places of a text in the HTML that is made of it."""

import re
from collections.abc import Sequence
from typing import Final

from triage.server.desk.text.formulas import find_formulas

_OPEN, _CLOSE = "\ue002", "\ue003"
"""Stand where a mark begins and ends while formulas and Markdown are read."""
_PIECES: Final = re.compile(f"(<[^>]*>|[{_OPEN}{_CLOSE}])")


def begin_marks(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with signs around some of its places; a formula is marked as a whole.

    Args:
        spans: From and to, in characters; they may overlap and reach beyond the text.
    """
    formulas = [(one.start, one.start + len(one.source)) for one in find_formulas(text)]
    opened = [0] * (len(text) + 1)
    for start, end in spans:
        start, end = max(0, start), min(end, len(text))
        if start >= end:
            continue
        start = next((begin for begin, over in formulas if begin <= start < over), start)
        end = next((over for begin, over in formulas if begin < end <= over), end)
        opened[start] += 1
        opened[end] -= 1
    made, at, depth = [], 0, 0
    for place, change in enumerate(opened):
        if change == 0 or (depth > 0) == (depth + change > 0):
            depth += change
            continue
        depth += change
        made += [text[at:place], _OPEN if depth else _CLOSE]
        at = place
    return "".join([*made, text[at:]])


def end_marks(made: str) -> str:
    """HTML with the signs that `begin_marks` has set turned into marks, none across elements."""
    marked, pieces = False, []
    for piece in _PIECES.split(made):
        if piece in (_OPEN, _CLOSE):
            marked = piece == _OPEN
        elif marked and piece.strip() and not piece.startswith("<"):
            pieces.append(f"<mark>{piece}</mark>")
        else:
            pieces.append(piece)
    return "".join(pieces)
