"""How fast `triage run` is from file to file, and how much memory its main process takes.

Usage: TRIAGE_DATA=folder python benchmarks/stages/run.py [--made STEPS] [FILE ...]

Without FILE every set of the folder is run, each in a store of its own. `--made` adds files made up
on the spot with that many steps and a tenth of it, to see that time is linear and memory flat.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Ran(NamedTuple):
    """One run: its summary, wall-clock seconds and the main process's peak memory in MB."""

    summary: dict[str, Any]
    seconds: float
    megabytes: float
    status: int


def run(source: Path) -> Ran:
    """Run the command on one file, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        command = [sys.executable, "-m", "triage", "run", str(source.resolve())]
        began = time.monotonic()
        with (Path(folder) / "summary.json").open("w+") as summary:
            process = subprocess.Popen(
                [*command, "--out", "out.jsonl", "--json"],
                cwd=folder,
                stdout=summary,
                stderr=subprocess.DEVNULL,
            )
            peak = 0.0
            while process.poll() is None:
                peak = max(peak, _peak_megabytes(process.pid))
                time.sleep(0.02)
            summary.seek(0)
            told = summary.read()
        took = time.monotonic() - began
        return Ran(json.loads(told) if told else {}, took, peak, process.returncode)


def made(steps: int, folder: Path) -> Path:
    """A file of arithmetic traces with so many steps in all."""
    path = folder / f"made-{steps}.jsonl"
    with path.open("w") as file:
        for trace in _made_traces(steps // 5):
            file.write(json.dumps(trace) + "\n")
    return path


def main() -> None:
    """Print one row a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--made", type=int, default=0, metavar="STEPS")
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    folder = os.environ.get("TRIAGE_DATA")
    files = given.files or (sorted(Path(folder).glob("*.jsonl")) if folder else [])
    if not files and not given.made:
        sys.exit("set TRIAGE_DATA to the folder of the public sets, or name files")
    print(f"{'file':<34}{'traces':>8}{'steps':>9}{'asked':>9}{'held':>9}"
          f"{'rejects':>8}{'s':>8}{'steps/s':>9}{'MB':>6}  exit")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="triage-made-") as place:
        if given.made:
            files = [made(given.made // 10, Path(place)), made(given.made, Path(place)), *files]
        for file in files:
            ran = run(file)
            found = ran.summary
            steps = found.get("steps", 0)
            print(f"{file.stem:<34}{found.get('traces', 0):>8}{steps:>9}"
                  f"{sum(found.get('asked', {}).values()):>9}{found.get('held', 0):>9}"
                  f"{found.get('rejected', 0):>8}{ran.seconds:>8.1f}{steps / ran.seconds:>9.0f}"
                  f"{ran.megabytes:>6.0f}  {ran.status}", flush=True)  # fmt: skip


def _made_traces(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        a, b = number % 97 + 2, number % 89 + 3
        yield {
            "id": f"made-{number}",
            "domain": "math",
            "problem": f"Shelf {number} has {a} rows of {b} jars. A tenth is sold. What is left?",
            "steps": [
                f"There are {a} rows with {b} jars in each of them.",
                f"That makes {a} * {b} = {a * b} jars.",
                f"A tenth of {a * b} is {a * b / 10}.",
                f"So {a * b} - {a * b / 10} = {a * b - a * b / 10} are left.",
                f"The answer is {a * b - a * b / 10}.",
            ],
            "final_answer": str(a * b - a * b / 10),
            "reference_answer": str(a * b - a * b / 10),
        }


def _peak_megabytes(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM"))
    return next((int(words[1]) / 1024 for words in lines), 0.0)


if __name__ == "__main__":
    main()
