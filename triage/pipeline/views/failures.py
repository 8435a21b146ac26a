"""Sums up who failed at a run's steps and why, for the one who can mend it."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from triage.records import Findings, Record

_LONGEST: Final = 160
_TOLD: Final = 8
_OURS_TO_MEND: Final = frozenset(
    {"key-refused", "model-unknown", "out-of-credit", "unreachable", "not-configured"}
)


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
    """What a person is told of the failures."""
    for one in troubles[:_TOLD]:
        detail = f" ({one.detail})" if one.detail else ""
        yield f"{one.source} failed at {one.steps:,} steps: {one.why}{detail}"
    if len(troubles) > _TOLD:
        yield f"and {len(troubles) - _TOLD} other ways of failing: --json has them all"
    if any(one.why in _OURS_TO_MEND for one in troubles):
        yield "`triage doctor` says which of key, URL and model is wrong"


def _one_line(detail: str | None) -> str | None:
    if not detail:
        return None
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in detail).split())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
