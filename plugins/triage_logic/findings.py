"""What a simulator says of a step, before the house's records are made of it."""

import re
from typing import Final, NamedTuple, Protocol

from triage.records import ClaimVerdict, Span

MAX_CHARACTERS: Final = 20_000
"""Longer texts are not read: no honest step of a puzzle comes near it."""

DOUBT: Final = re.compile(
    r"\b(?:cannot|can't|could|does not|doesn't|do not|not necessarily|not follow|invalid|whether"
    r"|might|may|would|contradict\w*|impossible|unless|suppose|assum\w+|if we)\b|\?",
    re.IGNORECASE,
)
"""A sentence with such words weighs a claim; it does not make one."""

_DIRECTION_MARKS: Final = re.compile("[\u0000\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Finding(NamedTuple):
    """One claim of a step and what the simulator found.

    Attributes:
        kind: Claim kind, a key of `confidence.PRECISION`.
        span: Characters of the step's text that make the claim.
        expected: What the simulator computed, in words for people.
        found: What the step states.
        rests_on: Earlier steps whose stated values were used.
        engine: How it was decided.
    """

    kind: str
    verdict: ClaimVerdict
    span: Span
    expected: str | None = None
    found: str | None = None
    rests_on: tuple[int, ...] = ()
    note: str | None = None
    readings: tuple[str, ...] = ()
    engine: str = "simulation"


class Simulator(Protocol):
    """Follows one trace, step after step, and keeps what the trace states as its own state."""

    def check(self, step: int, text: str) -> list[Finding]:
        """Judge the claims of one step; empty if its grammar does not match."""


def judged(right: bool) -> ClaimVerdict:
    """The verdict on a claim that was decided."""
    return ClaimVerdict.SUPPORTED if right else ClaimVerdict.REFUTED


def readable(text: str) -> bool:
    """Whether a text is short enough, and shows its characters in the order they are stored."""
    return len(text) <= MAX_CHARACTERS and not _DIRECTION_MARKS.search(text)
