"""Precision of the checkers on public sets: against the labels, and after reading by eye.

Usage: TRIAGE_DATA=folder python -m benchmarks.plugins.checkers [SET ...]

`docs/measured.md` says what the columns mean.
"""

import os
import sys
from pathlib import Path

from benchmarks.audited.flags import SETS, Measured, measure_all
from benchmarks.audited.rows import Audit, Place, Verdict, read_rows
from triage.evaluate import Detection

HEAD = (
    "| set | hits | of them misread | alarms | claim false | misread | unaudited | P raw "
    "| P audited | P confirmed | R | refuted % | misread % |\n" + "|---" * 13 + "|"
)


def share(part: int, whole: int, places: int = 3) -> str:
    """A share for the table."""
    return f"{part / whole:.{places}f}" if whole else "-"


def detection(found: Measured) -> Detection | None:
    """What `triage evaluate` counted for the set's plugin, over all domains."""
    of_plugin = (one for one in found.result.sources if one.source == found.source)
    return next((one.incorrect for one in of_plugin if one.domain is None), None)


class Counts:
    """The flags on one set, told apart by what readers found."""

    def __init__(self, found: Measured, audit: Audit) -> None:
        hits: list[Verdict | None] = []
        alarms: list[Verdict | None] = []
        for flag in found.flags:
            spans = [claim.span for claim in flag.claims]
            verdict = audit.verdict(found.name, flag.trace.id, flag.step, found.source, spans)
            (hits if flag.place is Place.HIT else alarms).append(verdict)
        self.hits, self.misread_hits = len(hits), hits.count(Verdict.MISREAD)
        self.alarms, self.misread = len(alarms), alarms.count(Verdict.MISREAD)
        self.false, self.unaudited = alarms.count(Verdict.CLAIM_FALSE), alarms.count(None)

    @property
    def precision(self) -> str:
        """Alarms over claims that are truly false don't count, misread hits count as errors."""
        counted = self.hits + self.alarms - self.false
        return share(self.hits - self.misread_hits, counted)


def line(found: Measured, audit: Audit, confirmed: Audit) -> str:
    """One line of the table."""
    told, counts = detection(found), Counts(found, audit)
    if told is None:
        return f"| {found.name} |" + " - |" * 12
    passed = told.alarms_before.of + told.alarms_in_right.of
    errors = told.recall.of
    cells = [
        found.name,
        counts.hits,
        counts.misread_hits,
        counts.alarms,
        counts.false,
        counts.misread,
        counts.unaudited,
        share(told.precision.count, told.precision.of) if errors else "-",
        counts.precision if errors else "-",
        Counts(found, confirmed).precision if errors else "-",
        share(told.recall.count, errors),
        share(100 * counts.alarms, passed),
        share(100 * (counts.alarms - counts.false), passed),
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> int:
    """Print the table."""
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        print("set TRIAGE_DATA to the folder of the public sets (*.jsonl)", file=sys.stderr)
        return 2
    rows = read_rows()
    audit = Audit(rows)
    # without a second reader who agrees, a claim that is called false is not confirmed
    confirmed = Audit(r for r in rows if r.confirmed or r.verdict is Verdict.MISREAD)
    print(HEAD)
    for found in measure_all(Path(folder), sys.argv[1:] or tuple(SETS)):
        print(line(found, audit, confirmed), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
