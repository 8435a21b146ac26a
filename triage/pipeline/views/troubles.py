"""What went wrong in a run, by source and kind, so that its summary says who must act."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from triage.records import Findings, Record
from triage.store.run.findings import Answered

_TOLD_APART: Final = frozenset({"batch-pending", "money-limit"})
"""The summary says these on its own."""
_LONGEST: Final = 300


class Trouble(Record):
    """One way in which one source failed.

    Attributes:
        source: Plugin, or plugin and judge.
        why: The word for it.
        steps: On how many steps.
        detail: What was said the first time; it tells what to do where somebody has to act.
    """

    source: str
    why: str
    steps: int
    detail: str


class Troubles:
    """Counts failures as answers come."""

    def __init__(self) -> None:
        self._steps = Counter[tuple[str, str]]()
        self._details: dict[tuple[str, str], str] = {}

    def see(self, answers: Iterable[Answered]) -> None:
        """Count the failures among some answers."""
        for answer in answers:
            if not answer.failed:
                continue
            for one in Findings.model_validate_json(answer.body).failures:
                if one.why not in _TOLD_APART:
                    self._steps[one.source, one.why] += 1
                    said = " ".join((one.detail or "").split())[:_LONGEST]
                    self._details.setdefault((one.source, one.why), said)

    def listed(self) -> tuple[Trouble, ...]:
        """All kinds of failures, the most frequent first."""
        return tuple(
            Trouble(source=source, why=why, steps=steps, detail=self._details[source, why])
            for (source, why), steps in self._steps.most_common()
        )
