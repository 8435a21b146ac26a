"""What reading an input yields: traces, repeats of traces, and rows that could not be used."""

from typing import NamedTuple

from triage.records import Record, Trace


class Ingested(NamedTuple):
    """One usable trace and where it came from.

    Attributes:
        trace: The trace with the house's names.
        content_hash: Hash of everything the trace says, for telling a repeat from a changed trace.
        file: The input as it was named.
        line: 1-based line of a JSON file where the trace begins, or row of a Parquet file.
    """

    trace: Trace
    content_hash: str
    file: str
    line: int


class Repeat(NamedTuple):
    """The same trace once more, word for word: nothing to do but to count it."""

    id: str
    file: str
    line: int


class Reject(Record):
    """A row that could not be used: where it stands, what is wrong with it and in which field.

    Attributes:
        line: 1-based line or Parquet row; None if the file as a whole is meant.
        field: Path of the field, e.g. `judges[2].step_labels`; None if the row as a whole is meant.
        id: The row's own id, where it could be read.
    """

    file: str
    line: int | None
    field: str | None
    reason: str
    id: str | None = None

    @property
    def told(self) -> str:
        """In a line: file, line, field and reason."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field or 'row'} {self.reason}"


Item = Ingested | Repeat | Reject


class Frame(NamedTuple):
    """The bytes of one JSON value, not yet parsed."""

    line: int
    raw: bytes


class Flaw(NamedTuple):
    """A row that could not be read at all; `line` is None if the file as a whole is meant."""

    line: int | None
    reason: str
    field: str | None = None


class RowError(Exception):
    """A row breaks the rules of a trace; the reader turns it into a reject and goes on."""

    def __init__(self, field: str | None, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
