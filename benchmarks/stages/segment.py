"""How well cutting recovers known steps: sets' own steps, stitched together and cut again.

Usage: TRIAGE_DATA=folder python benchmarks/stages/segment.py [--rows 300]

Each trace's steps are joined with numbers, "Step N:" marks, blank lines, line breaks or blanks, and
the text is cut with the granularity that fits and with `auto`. A boundary is the place where a
step's text ends; precision and recall are over all inner boundaries of a set. Steps that hold
several lines or sentences themselves cost precision with the finer joins, and steps that end
without a full stop cost recall between sentences: measured there is the set's own idea of a step as
much as the cutting. The last two columns look only at pairs of steps of which the first ends with
a full stop and neither holds another: sentences as the sets' own writers ended them.
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from triage.segment import Granularity, segment

_INNER_STOP: Final = re.compile(r"[.!?:][^\w]*\s")


class Join(NamedTuple):
    """A way of writing steps down and the granularity that should find them."""

    name: str
    granularity: Granularity
    between: str
    before: Callable[[int], str]


JOINS: Final = (
    Join("numbered", Granularity.MARKED, "\n", lambda index: f"{index + 1}. "),
    Join("step n", Granularity.MARKED, "\n\n", lambda index: f"**Step {index + 1}:** "),
    Join("blank", Granularity.PARAGRAPH, "\n\n", lambda _: ""),
    Join("line", Granularity.LINE, "\n", lambda _: ""),
    Join("sentence", Granularity.SENTENCE, " ", lambda _: ""),
)


class Tally:
    """Inner boundaries: found and right, found, there."""

    def __init__(self) -> None:
        self.right = self.found = self.there = 0

    def add(self, found: set[int], there: set[int]) -> None:
        """Count one more text."""
        self.right += len(found & there)
        self.found += len(found)
        self.there += len(there)

    def __str__(self) -> str:
        precision = 100 * self.right / self.found if self.found else 100.0
        recall = 100 * self.right / self.there if self.there else 100.0
        return f"{precision:5.1f} {recall:5.1f}"


def stitched(steps: Sequence[str], join: Join) -> tuple[str, set[int]]:
    """The steps as one text, and where all but the last end."""
    text, ends = "", set()
    for index, step in enumerate(steps):
        ends.add(len(text))
        text += (join.between if index else "") + join.before(index) + step.rstrip()
    return text, ends - {0}


def measure(rows: Sequence[Sequence[str]], join: Join, granularity: Granularity) -> Tally:
    """Precision and recall of one way of cutting over one set."""
    tally = Tally()
    for steps in rows:
        text, ends = stitched(steps, join)
        tally.add({step.span[1] for step in segment(text, granularity)[:-1] if step.span}, ends)
    return tally


def sentence_pairs(rows: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Neighbouring steps that are one sentence each."""
    return [
        (one.strip(), other.strip())
        for steps in rows
        for one, other in pairwise(steps)
        if one.strip().endswith(".")
        and other.strip()[:1].isupper()
        and not _INNER_STOP.search(one.strip())
        and not _INNER_STOP.search(other.strip())
    ]


def main() -> None:
    """Print one row per set: precision and recall of the fitting cut and of `auto` per join."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=300, help="traces per set")
    options.add_argument("--only", default="*.jsonl", help="pattern of the files")
    chosen = options.parse_args()
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        sys.exit("set TRIAGE_DATA to the folder of the public sets")
    heads = [*(join.name for join in JOINS), "pairs"]
    print(f"{'precision recall / of auto':28}" + "".join(f"{head:>26}" for head in heads))
    begun = time.perf_counter()
    for path in sorted(Path(folder).glob(chosen.only)):
        lines = path.read_text().splitlines()[: chosen.rows]
        rows = [steps for line in lines if len(steps := json.loads(line)["steps"]) > 1]
        if not rows:
            continue
        cells = [
            f"{measure(rows, join, join.granularity)} /{measure(rows, join, Granularity.AUTO)}"
            for join in JOINS
        ]
        cells.append(str(measure(sentence_pairs(rows), JOINS[-1], Granularity.SENTENCE)))
        print(f"{path.stem:28}" + "".join(f"{cell:>26}" for cell in cells))
    print(f"{time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
