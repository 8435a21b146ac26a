"""Seconds and memory of every command from a run to the check of a certificate, on a large store.

Run: python -m benchmarks.guarantee.scale.store [steps]

Two invented judges agree on every step with a stated confidence and are wrong as often as it says;
`triage calibrate` learns from 4,000 labelled steps of before. Experts answer by the truth. Each
command is a process of its own, on SQLite in a folder of its own. A few thousand steps are too few
for its 1,500 labels to certify.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

STEPS, OLDER = 8, 4_000
Place = tuple[str, int]


def write(file: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON Lines."""
    Path(file).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def read(file: str) -> Iterable[dict[str, Any]]:
    """Read JSON Lines."""
    with Path(file).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def made(name: str, steps: int, seed: int) -> tuple[list[dict[str, Any]], dict[Place, str]]:
    """Traces of eight steps, and the truth of each step."""
    rng = np.random.default_rng(seed)
    traces, truth = [], {}
    for number in range(steps // STEPS):
        risk = 0.3 * rng.random(STEPS) ** 5
        said = ["incorrect" if bad else "necessary" for bad in rng.random(STEPS) < 0.1]
        slips = rng.random(STEPS) < risk
        for at, (word, slip) in enumerate(zip(said, slips, strict=True)):
            other = "necessary" if word == "incorrect" else "incorrect"
            truth[f"{name}{number}", at] = other if slip else word
        judge = {"step_labels": said, "confidences": [round(1 - float(one), 5) for one in risk]}
        traces.append(
            {
                "id": f"{name}{number}",
                "domain": "prose",
                "problem": f"What follows from {name} {number}?",
                "steps": [f"From {name} {number} follows point {at}." for at in range(STEPS)],
                "proposals": [{"source": name} | judge for name in ("a", "b")],
            }
        )
    return traces, truth


def triage(*arguments: str) -> None:
    """Run a command and print what it took."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "triage", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        told = process.stderr.read() if process.stderr else b""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments}: {told.decode()}")
    print(
        f"{' '.join(arguments[:2]):18s} {time.perf_counter() - began:7.2f} s,"
        f" {used.ru_utime + used.ru_stime:7.2f} of the processor, {used.ru_maxrss / 1024:5.0f} MB",
        flush=True,
    )


def label(truth: Mapping[Place, str], expert: str) -> None:
    """An expert who labels what is left of the sample."""
    triage("export", "decisions", "--out", "now.jsonl")
    now = datetime.now(UTC).isoformat()
    write(
        f"{expert}.jsonl",
        (
            {
                "trace_id": row["trace_id"], "step": row["step"], "expert": expert,
                "label": truth[row["trace_id"], row["step"]], "mode": "blind", "at": now,
            }
            for row in read("now.jsonl")
            if row["decision"] == "audit"
        ),
    )  # fmt: skip
    triage("queue", "import", f"{expert}.jsonl")


def main() -> None:
    """Print the table."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    older, known = made("old", OLDER, 4)
    for trace in older:
        words = [known[trace["id"], at] for at in range(STEPS)]
        trace["human"] = {"step_labels": words}
    traces, truth = made("t", steps, 5)
    truth |= known
    print(f"{steps:,} steps, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        write("old.jsonl", older)
        triage("run", "old.jsonl")
        triage("calibrate")
        write("in.jsonl", traces)
        triage("run", "in.jsonl")
        for expert in ("ann", "bob"):
            triage("experts", "add", expert, "--credential", "prose")
        triage("certify", "plan", "--alpha", "0.02", "--labels", "1500")
        triage("certify", "draw", "--seed", "7")
        label(truth, "ann")
        label(truth, "bob")
        triage("certify", "sign", "--out", "cert.json")
        triage("export", "decisions", "--out", "decisions.jsonl")
        triage("export", "verdicts", "--out", "log.jsonl")
        triage(
            "certify", "verify", "cert.json", "--export", "decisions.jsonl",
            "--verdicts", "log.jsonl",
        )  # fmt: skip
        triage("certify", "verify", "cert.json")
        print(json.loads(Path("cert.json").read_text())["accepted"], "steps accepted")
        os.chdir("/")


if __name__ == "__main__":
    main()
