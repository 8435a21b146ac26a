"""How fast input is read, and that memory stays flat.

Usage: TRIAGE_DATA=folder python benchmarks/stages/ingest.py [--traces 250000]

Prints traces and steps per second and rejects for every public set, then for a made file of short
traces, read as JSON Lines, as gzip and as a JSON array, with the process's memory before and after.
"""

import argparse
import gzip
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from triage.ingest import Ingested, Reject, read_traces


def measure(name: str, inputs: list[str]) -> None:
    """Read inputs to the end and print one row."""
    traces = steps = rejects = 0
    begun = time.perf_counter()
    for item in read_traces(inputs):
        if isinstance(item, Ingested):
            traces += 1
            steps += len(item.trace.steps)
        rejects += isinstance(item, Reject)
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    rates = f"{traces / seconds:12,.0f}{steps / seconds:12,.0f}"
    print(f"{name:34}{traces:10,}{steps:12,}{rejects:9}{rates}{memory:8}")


def made(count: int) -> Iterator[str]:
    """Rows of four short steps each."""
    for number in range(count):
        steps = [f"{number} + {at} = {number + at}, as is easily seen." for at in range(4)]
        yield json.dumps({"id": f"made-{number}", "problem": f"Add to {number}.", "steps": steps})


def main() -> None:
    """Measure the public sets one by one, then the made file in three forms."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--traces", type=int, default=250_000, help="traces in the made file")
    count = options.parse_args().traces
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        sys.exit("set TRIAGE_DATA to the folder of the public sets")
    heads = f"{'traces':>10}{'steps':>12}{'rejects':>9}{'traces/s':>12}{'steps/s':>12}{'MB':>8}"
    print(f"{'input':34}{heads}")
    for path in sorted(Path(folder).glob("*.jsonl")):
        measure(path.stem, [str(path)])
    measure("all public sets", [f"{folder}/*.jsonl"])
    with tempfile.TemporaryDirectory() as place:
        lines, zipped, array = (Path(place, name) for name in ("a.jsonl", "a.jsonl.gz", "a.json"))
        with lines.open("w") as plain, gzip.open(zipped, "wt") as packed, array.open("w") as listed:
            for number, row in enumerate(made(count)):
                plain.write(row + "\n")
                packed.write(row + "\n")
                listed.write((",\n" if number else "[\n") + row)
            listed.write("\n]\n")
        for path in (lines, zipped, array):
            measure(f"made: {path.name}", [str(path)])


if __name__ == "__main__":
    main()
