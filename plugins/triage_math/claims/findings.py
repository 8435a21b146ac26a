"""What a check found out, before it becomes a claim of the records."""

import re
from typing import Final, NamedTuple

from triage.records import Claim, ClaimVerdict
from triage_math.parsing.nodes import Number

ENGINE: Final = "exact/1"
_COMMAND: Final = re.compile(r"\\[A-Za-z]+")
"""A LaTeX command is read as one sign at its backslash; the claim shows all of it."""


class Finding(NamedTuple):
    """One checked statement.

    Attributes:
        kind: The claim kind, as in the table of confidences.
        verdict: What became of it.
        span: Characters of the step.
        expected: What the checker computed.
        found: What the step states.
        readings: Readings tried.
        rests_on: Earlier steps used.
        note: Why, in a few words.
    """

    kind: str
    verdict: ClaimVerdict
    span: tuple[int, int]
    expected: str | None = None
    found: str | None = None
    readings: tuple[str, ...] = ()
    rests_on: tuple[int, ...] = ()
    note: str | None = None

    def seen(self, values: tuple[str, str] | None) -> "Finding":
        """The same with what was expected and found, where a witness is at hand."""
        return self if values is None else self._replace(expected=values[0], found=values[1])

    def claim(self, text: str, ms: float) -> Claim:
        """The record of it."""
        start, end = self.span
        command = _COMMAND.match(text, end - 1)
        if command is not None:
            end = command.end()
        return Claim(
            kind=self.kind,
            verdict=self.verdict,
            span=(start, end),
            text=text[start:end],
            expected=self.expected,
            found=self.found,
            readings=self.readings,
            rests_on=self.rests_on,
            note=self.note,
            engine=ENGINE,
            ms=ms,
        )


def shown(value: Number) -> str:
    """A value as people write it."""
    if isinstance(value, complex):
        return f"{value:.6g}"
    if isinstance(value, float):
        return f"{value:.10g}"
    if value.denominator == 1:
        whole = value.numerator
        return str(whole) if abs(whole) < 10**40 else f"about 10^{_digits(whole)}"
    if max(abs(value.numerator), value.denominator) > 10**300:
        return f"about 10^{_digits(value.numerator) - _digits(value.denominator)}"
    decimal = f"{float(value):.6g}"
    if value.denominator < 1000:
        return f"{value.numerator}/{value.denominator} ({decimal})"
    return decimal


def _digits(value: int) -> int:
    return int(abs(value).bit_length() * 0.30103)
