"""Takes a second reader's findings into the file of audited disagreements.

Usage: python -m benchmarks.audited.second READINGS.jsonl

Each line names a row by `set`, `trace`, `step` and `span`, as `show --blind` prints it, and adds
`verdict` and `why`. Where the two readers differ the claim counts as misread.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.audited.rows import FILE, AuditRow, Reading, read_rows, write_rows
from triage.records import Record
from triage.records.trace import Span


class SecondReading(Record):
    """One line of the second reader's file."""

    set: str
    trace: str
    step: int
    span: Span
    verdict: str
    why: str

    @property
    def reading(self) -> Reading:
        """What the row keeps of it."""
        return Reading.model_validate({"verdict": self.verdict, "why": self.why})


def with_second(rows: Iterable[AuditRow], second: Iterable[SecondReading]) -> list[AuditRow]:
    """The rows with the readings that belong to them.

    Raises:
        KeyError: A reading names no row.
    """
    found = {(one.set, one.trace, one.step, one.span): one.reading for one in second}
    joined = [row.model_copy(update={"second": found.pop(row.key, row.second)}) for row in rows]
    if found:
        raise KeyError(f"no row for {next(iter(found))}")
    return joined


def main(readings: Path, file: Path = FILE) -> int:
    """Join and write, and name the rows on which the readers differ."""
    lines = readings.read_text("utf-8").splitlines()
    rows = with_second(read_rows(file), map(SecondReading.model_validate_json, lines))
    write_rows(rows, file)
    read = [row for row in rows if row.second]
    print(f"{len(read)} of {len(rows)} rows were read twice")
    for row in read:
        if not row.confirmed:
            print(f"the readers differ: {row.set} {row.trace} step {row.step} {row.span}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
