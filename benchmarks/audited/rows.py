"""The file of audited disagreements: what people found when they read a flag by eye."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import Field

from triage.records import Record
from triage.records.trace import Span

FILE: Final = Path(__file__).with_name("disagreements.jsonl")

_ALIKE: Final = 0.5


class Verdict(StrEnum):
    """What a reader found out about a refuted claim."""

    CLAIM_FALSE = "claim-false"
    """The claim is read as it was meant, and it is false: whoever passed it overlooked that."""
    MISREAD = "misread"
    """It is not what the step says, or a careful expert would accept it: the tool's error."""


class Place(StrEnum):
    """Where the flagged step lies to the human labels."""

    ALARM = "alarm"
    """People passed it: it is before the first error, or the trace has none."""
    HIT = "hit"
    """It is the human first error; told here only where the claim is misread all the same."""


class Reading(Record):
    """One reader's finding, in words of our own: the sets are not quoted."""

    verdict: Verdict
    why: str = Field(min_length=10)


class AuditRow(Record):
    """One refuted claim that was read by eye.

    Attributes:
        set: Name of the public set, without `.jsonl`.
        span: Characters of the step's text that make the claim.
        source: The plugin that refuted it, and `kind` in that plugin's words.
        recompute: A Python expression over plain numbers that is true if `first` is right;
            `recompute.py` says what it may name.
        second: A reader who has not seen `first`; None until there was one.
    """

    set: str = Field(min_length=1)
    trace: str = Field(min_length=1)
    step: int = Field(ge=0)
    span: Span
    source: str = Field(min_length=1)
    kind: str = Field(min_length=1)
    place: Place
    recompute: str = Field(min_length=1)
    first: Reading
    second: Reading | None = None

    @property
    def verdict(self) -> Verdict:
        """What counts: a claim is false only if no reader calls it misread."""
        readers = [self.first, *([self.second] if self.second else [])]
        misread = any(one.verdict is Verdict.MISREAD for one in readers)
        return Verdict.MISREAD if misread else Verdict.CLAIM_FALSE

    @property
    def confirmed(self) -> bool:
        """Whether two readers agree."""
        return self.second is not None and self.second.verdict is self.first.verdict

    @property
    def key(self) -> tuple[str, str, int, Span]:
        """What tells this claim from all others."""
        return self.set, self.trace, self.step, self.span


def read_rows(file: Path = FILE) -> list[AuditRow]:
    """All rows of the file, in its order."""
    return [AuditRow.model_validate_json(line) for line in file.read_text("utf-8").splitlines()]


def write_rows(rows: Iterable[AuditRow], file: Path = FILE) -> None:
    """Write the file anew, one row a line."""
    file.write_text("".join(f"{row.model_dump_json()}\n" for row in rows), encoding="utf-8")


class Audit:
    """Finds the row of a claim: set, trace, step and source are equal, and the spans nearly so.

    Half of what two spans cover together must be common: neighbours in a chain share a side.
    """

    def __init__(self, rows: Iterable[AuditRow]) -> None:
        self._rows: dict[tuple[str, str, int, str], list[AuditRow]] = {}
        for row in rows:
            self._rows.setdefault((row.set, row.trace, row.step, row.source), []).append(row)

    def row(
        self, name: str, trace: str, step: int, source: str, span: Span | None
    ) -> AuditRow | None:
        """The row whose span is most like the claim's."""
        rows = self._rows.get((name, trace, step, source), ())
        shared = [(_shared(span, row.span), row) for row in rows] if span else []
        most = max(shared, key=lambda one: one[0], default=None)
        return most[1] if most and most[0] >= _ALIKE else None

    def verdict(
        self, name: str, trace: str, step: int, source: str, spans: Sequence[Span | None]
    ) -> Verdict | None:
        """What is known of a flag that rests on claims at these spans.

        It is misread if one of the claims is, and false only if all of them are; else None.
        """
        rows = [self.row(name, trace, step, source, span) for span in spans]
        verdicts = {row.verdict if row else None for row in rows}
        if Verdict.MISREAD in verdicts:
            return Verdict.MISREAD
        return Verdict.CLAIM_FALSE if verdicts == {Verdict.CLAIM_FALSE} else None


def _shared(one: Span, other: Span) -> float:
    common = max(0, min(one[1], other[1]) - max(one[0], other[0]))
    return common / (one[1] - one[0] + other[1] - other[0] - common or 1)
