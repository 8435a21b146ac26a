"""Cutting a text into steps."""

import re
from enum import StrEnum
from typing import Final

from triage.records import Step

_PIECE: Final = re.compile(r"\S[^\n]*")


class Granularity(StrEnum):
    """How fine a text is cut."""

    AUTO = "auto"
    MARKED = "marked"
    PARAGRAPH = "paragraph"
    LINE = "line"
    SENTENCE = "sentence"


def segment(text: str, granularity: Granularity = Granularity.AUTO) -> tuple[Step, ...]:
    """Cut a text into steps with their half-open character spans, by lines."""
    del granularity
    return tuple(
        Step(
            index=at,
            text=match[0].rstrip(),
            span=(match.start(), match.start() + len(match[0].rstrip())),
        )
        for at, match in enumerate(_PIECE.finditer(text))
    )
