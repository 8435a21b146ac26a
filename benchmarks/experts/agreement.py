"""Agreement of many raters per item: every measure, with its interval and the time it takes.

Usage: TRIAGE_DATA=folder python benchmarks/experts/agreement.py

Reads `dices350_multi`, whose items have more than a hundred raters each.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from triage.agreement import (
    Ratings,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)

MEASURES = {
    "percent": percent_agreement,
    "fleiss": fleiss_kappa,
    "krippendorff": krippendorff_alpha,
    "gwet_ac1": gwet_ac1,
}


def single_ratings(path: Path) -> Iterator[tuple[str, str, str]]:
    """Every rating as item, rater and category; the first rater of each item is the same person."""
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            for rater, (said,) in enumerate(row["human"]["annotators"]):
                yield row["id"], f"rater {rater}", said


def main() -> None:
    """Print one row a measure, for all three answers and for each against the others."""
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        sys.exit("TRIAGE_DATA does not point to the public sets")
    ratings = Ratings.of(single_ratings(Path(folder) / "dices350_multi.jsonl"))
    print(f"{ratings.items} items, {len(ratings.raters)} raters, 95 % intervals of 1,000 resamples")
    tables = {"all": ratings}
    tables |= {f"{word} or not": ratings.one_against_rest(word) for word in ratings.categories}
    for name, table in tables.items():
        for measure, function in MEASURES.items():
            began = time.perf_counter()
            found = function(table)
            took = time.perf_counter() - began
            print(f"{name:<16}{measure:<14}{found.value:8.4f}  "
                  f"[{found.low:.4f}, {found.high:.4f}]  {took * 1000:6.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
