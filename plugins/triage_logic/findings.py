"""What a simulator says of a step, before the house's records are made of it."""

import re
from typing import Final, NamedTuple, Protocol

from triage.records import ClaimVerdict, Span

_MAX_STEP: Final = 4_000
_MAX_PROBLEM: Final = 10_000
_LONG_GAP: Final = re.compile(r"\s{100}")

DOUBT: Final = re.compile(
    r"\b(?:cannot|can't|could|does not|doesn't|do not|not necessarily|not follow|invalid|whether"
    r"|might|may|would|contradict\w*|impossible|unless|suppose|assum\w+|if we"
    r"|maybe|perhaps|possibly|probably|mistak\w+)\b|\?",
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


def readable(text: str, *, problem: bool = False) -> bool:
    """Whether a text is short enough, without huge gaps, and shows its characters in order.

    No honest puzzle comes near the limits; they bound the work that a text can cause.
    """
    if len(text) > (_MAX_PROBLEM if problem else _MAX_STEP):
        return False
    return not (_DIRECTION_MARKS.search(text) or _LONG_GAP.search(text))
