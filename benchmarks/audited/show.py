"""Prints every audited claim for a reader, with its problem, its steps and the tool's evidence.

Usage: TRIAGE_DATA=folder python -m benchmarks.audited.show [--blind] [--set SET] [--unaudited]

`--blind` keeps the first reader's finding, and whether people passed the step, from a second
reader, who copies the line in JSON above each case to a file, adds `verdict` (claim-false or
misread) and `why`, and hands the file to `python -m benchmarks.audited.second`. `--unaudited`
prints instead the current disagreements that nobody has read yet.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.audited.flags import SETS, Flag, measure
from benchmarks.audited.rows import Audit, AuditRow, Place, read_rows
from triage.records import Claim


class Case(NamedTuple):
    """A claim as the tool makes it now, with its row; None where there is no row."""

    flag: Flag
    claim: Claim
    row: AuditRow | None


def cases(folder: Path, name: str, rows: Iterable[AuditRow]) -> Iterator[Case]:
    """The flagged claims in one set, those at the first error only where they have a row."""
    audit = Audit(rows)
    for flag in measure(folder, name).flags:
        for claim in flag.claims:
            row = audit.row(name, flag.trace.id, flag.step, SETS[name], claim.span)
            if row or flag.place is Place.ALARM:
                yield Case(flag, claim, row)


def of_traces(folder: Path, name: str, traces: set[str], place: Path) -> Path:
    """A folder with the set cut down to some traces."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        kept = [line for line in lines if json.loads(line)["id"] in traces]
    (place / f"{name}.jsonl").write_text("".join(kept), encoding="utf-8")
    return place


def case_text(name: str, case: Case, *, blind: bool) -> str:
    """One case for reading."""
    trace, step, claim = case.flag.trace, case.flag.step, case.claim
    span = case.row.span if case.row else claim.span
    key = {"set": name, "trace": trace.id, "step": step, "span": span}
    lines = ["=" * 80, json.dumps(key), f"PROBLEM: {trace.problem}"]
    lines += [f"[{i}] {one.text}" for i, one in enumerate(trace.steps[: step + 1])]
    lines += [f"CLAIM ({claim.kind}): {claim.text}"]
    lines += [f"TOOL: expected {claim.expected}, found {claim.found}; {claim.note or ''}"]
    lines += [f"READINGS: {'; '.join(claim.readings)}"] if claim.readings else []
    if case.row and not blind:
        told = [case.row.first, *([case.row.second] if case.row.second else [])]
        lines += [f"PLACE: {case.row.place}", f"RECOMPUTED: {case.row.recompute}"]
        lines += [f"READ: {one.verdict}: {one.why}" for one in told]
    return "\n".join(lines)


def main() -> int:
    """Print the cases asked for, in the order of the sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blind", action="store_true")
    parser.add_argument("--unaudited", action="store_true")
    parser.add_argument("--set", choices=SETS, action="append")
    asked = parser.parse_args()
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        print("set TRIAGE_DATA to the folder of the public sets (*.jsonl)", file=sys.stderr)
        return 2
    rows = read_rows()
    for name in asked.set or SETS:
        with tempfile.TemporaryDirectory(prefix="triage-audit-") as place:
            of_set = {row.trace for row in rows if row.set == name}
            if not asked.unaudited and not of_set:
                continue
            where = (
                Path(folder)
                if asked.unaudited
                else of_traces(Path(folder), name, of_set, Path(place))
            )
            for case in cases(where, name, rows):
                if (case.row is None) == asked.unaudited:
                    print(case_text(name, case, blind=asked.blind), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
