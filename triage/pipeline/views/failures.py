"""Sums up who failed at a run's steps and why, for the one who can mend it."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from triage.records import Findings, Record

_LONGEST: Final = 160
_TOLD: Final = 8
_STANDS: Final = "refusal"
"""A model's answer that it does not answer: bought, kept, and the same when it is asked again."""
_TO_MEND: Final = frozenset({
    "batch-refused", "broken", "evidence-failed", "key-refused", "model-unknown",
    "not-configured",
    "out-of-credit", "redaction-failed", "request-refused",
})  # fmt: skip
"""What is the same again until somebody mends the configuration, the account or the plugin."""
_TOLD_ELSEWHERE: Final = frozenset({"money-limit", "batch-pending"})
"""What a run tells with its budget and its batches."""


class Trouble(Record):
    """One way in which a source failed.

    Attributes:
        steps: At how many steps.
        detail: What was said of it the first time, on one line.
    """

    source: str
    why: str
    steps: int
    detail: str | None


class Troubles:
    """Counts failures as traces pass."""

    def __init__(self) -> None:
        self._steps: Counter[tuple[str, str]] = Counter()
        self._details: dict[tuple[str, str], str | None] = {}

    def see(self, findings: Findings) -> None:
        """Take in what sources last said of a trace."""
        for one in findings.failures:
            self._steps[one.source, one.why] += 1
            self._details.setdefault((one.source, one.why), _one_line(one.detail))

    def all(self) -> tuple[Trouble, ...]:
        """Every way in which a source failed, the most frequent first."""
        return tuple(
            Trouble(source=source, why=why, steps=steps, detail=self._details[source, why])
            for (source, why), steps in self._steps.most_common()
        )


def lines(troubles: tuple[Trouble, ...]) -> Iterator[str]:
    """What a person is told of the failures, and what helps: asking again does not always."""
    told = [one for one in troubles if one.why not in _TOLD_ELSEWHERE]
    for one in told[:_TOLD]:
        detail = f" ({one.detail})" if one.detail else ""
        steps = f"{one.steps:,} {'step' if one.steps == 1 else 'steps'}"
        yield f"{one.source} failed at {steps}: {one.why}{detail}"
    if len(told) > _TOLD:
        yield f"and {len(told) - _TOLD} other ways of failing: --json has them all"
    reasons = {one.why for one in told}
    if mend := reasons & _TO_MEND:
        yield f"{_listed(mend)}: mend what `triage doctor` or these lines name, then run again"
    if _STANDS in reasons:
        yield (
            f"{_STANDS}: the same judge would refuse again; another judge, model or prompt may "
            "answer, until then people decide"
        )
    if passing := reasons - _TO_MEND - {_STANDS}:
        yield f"{_listed(passing)}: run again to ask again"


def _listed(reasons: set[str]) -> str:
    return ", ".join(sorted(reasons))


def _one_line(detail: str | None) -> str | None:
    if not detail:
        return None
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in detail).split())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
