"""What a check says of a step, before the house's records are made of it."""

import re
from typing import Final, NamedTuple

from triage.records import ClaimVerdict, Span

LONGEST: Final = 6_000
"""Characters of a step that are read; longer ones are left to people."""

DOUBT: Final = re.compile(
    r"\b(?:cannot|can't|can ?not|impossible|not possible|invalid|implausible|error|mistake\w*|typo"
    r"|incorrect\w*|wrong\w*|unrealistic|unlikely|hypothetical\w*|suppose|assum\w+|if|unless|would"
    r"|never|exceeds?|maximum|minimum|range|instead|rather than|not)\b|[?≠<>≤≥±]",
    re.IGNORECASE,
)
"""A sentence with such a word may weigh a figure instead of stating it."""

_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+(?=[A-Z(\"'*-])|\n+")


class Finding(NamedTuple):
    """One claim of a step and what became of it.

    Attributes:
        kind: `arithmetic`, `conversion`, `formula`, `range` or `unit`.
        span: Characters of the step that make the claim.
        expected: What was computed, or what can be.
        found: What the step states.
        readings: The readings that were tried.
        note: A formula's name and source.
    """

    kind: str
    verdict: ClaimVerdict
    span: Span
    expected: str
    found: str
    readings: tuple[str, ...] = ()
    note: str | None = None


def sentences(text: str) -> list[tuple[int, str]]:
    """The sentences of a text, each with where it begins."""
    found, at = [], 0
    for gap in _SENTENCE.finditer(text):
        found.append((at, text[at : gap.start()]))
        at = gap.end()
    return [*found, (at, text[at:])]


def judged(right: bool) -> ClaimVerdict:
    """The verdict on a claim that was decided."""
    return ClaimVerdict.SUPPORTED if right else ClaimVerdict.REFUTED


def shown(value: float) -> str:
    """A figure for people."""
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
