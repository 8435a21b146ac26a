"""Measures the judges through `triage run` against the stand-in.

Usage: python -m benchmarks.judges.judging faults [--steps N] | money
       TRIAGE_DATA=folder python -m benchmarks.judges.judging sets [SET ...] | honest

Every figure is of one run on one machine; the stand-in is a process of its own, and so is the run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import click

from benchmarks.judges.judging_setup import (
    FLIGHT,
    LATENCY,
    TROUBLE,
    judge_for,
    read,
    standin,
    traces,
)

ITEMS = r"<<\w+ step (\d+)"


class Ran(NamedTuple):
    """One run: its exit status, wall-clock seconds, summary, and the outcomes of the judge."""

    status: int
    seconds: float
    summary: dict[str, Any]
    outcomes: Counter[str]


def run(folder: Path, source: Path, url: str, *arguments: str, **judge: Any) -> Ran:
    """`triage run` on a file with one judge at the stand-in; the store is the folder's."""
    table = judge_for("openai", url, **judge).model_dump(exclude={"name"}, exclude_none=True)
    lines = [f"{name} = {_toml(value)}" for name, value in table.items()]
    (folder / "triage.toml").write_text("[judges.a]\n" + "\n".join(lines) + "\n")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "triage", "run", str(source.resolve()), "--out", "out.jsonl",
         "--json", *arguments],
        cwd=folder, env=os.environ | {"STAND_IN_KEY": "k"}, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - began
    with (folder / "out.jsonl").open(encoding="utf-8") as rows:
        outcomes = Counter(kind for row in map(json.loads, rows) for kind in _kinds(row))
    return Ran(done.returncode, seconds, json.loads(done.stdout), outcomes)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {one}" for name, one in value.items()) + " }"
    return json.dumps(value)


def _kinds(row: dict[str, Any]) -> list[str]:
    judged = [said for said in row["proposals"] if ":a" in said["source"]]
    others = [*row["abstained"], *row["failed"]]
    return ["proposal"] * len(judged) + [s["why"] for s in others if ":a" in s["source"]]


def made(folder: Path, steps: int) -> Path:
    """A file of traces of our own making."""
    source = folder / "in.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for one in traces(steps):
            texts = [step.text for step in one.steps]
            row = {"id": one.id, "domain": one.domain, "problem": one.problem, "steps": texts}
            file.write(json.dumps(row) + "\n")
    return source


@click.group()
def main() -> None:
    """Measure the judges against the stand-in."""


@main.command()
@click.option("--steps", default=2_000, show_default=True)
def faults(steps: int) -> None:
    """A run through 5 % 429, 3 % 500, 2 % broken replies and 1 % hangs of 30 s, and one after."""
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as name:
        folder = Path(name)
        source = made(folder, steps)
        with standin({"latency": LATENCY, "rules": TROUBLE}) as url:
            first = run(folder, source, url)
            stats, port = read(url, "stats"), url.rpartition(":")[2]
        print(f"{steps} steps, {FLIGHT} in flight: {first.seconds:.1f} s with the process's start,")
        print(f"{first.summary['seconds']:.1f} s by the run's own clock; {dict(first.outcomes)}")
        print(f"of the stand-in: {stats}")
        with standin({"latency": LATENCY}, port) as url:
            second = run(folder, source, url)
            asked = read(url, "stats")["asked"]
    missing = steps - first.outcomes["proposal"]
    stay = first.outcomes["refusal"]
    print(f"second run: {dict(second.outcomes)}; missing were {missing}, of them {stay} refusals")
    print(f"that stay as they are; it asked for {asked}")


@main.command()
@click.option("--limit", default=1.0, show_default=True)
@click.option("--steps", default=2_000, show_default=True)
def money(limit: float, steps: int) -> None:
    """A limit in dollars against what the stand-in's answers cost, with trouble on the way."""
    with (
        tempfile.TemporaryDirectory(prefix="triage-bench-") as name,
        standin({"latency": LATENCY, "rules": TROUBLE[:-1]}) as url,
    ):
        folder = Path(name)
        ran = run(folder, made(folder, steps), url, "--budget", str(limit))
        tokens = read(url, "stats")["tokens"]
    cost = (tokens["input"] * 1.0 + tokens["output"] * 5.0) / 1e6
    print(f"limit ${limit}: status {ran.status}, booked ${ran.summary['cost_usd']:.6f},")
    print(f"by the stand-in's own count ${cost:.6f}; {dict(ran.outcomes)}")


def public_sets() -> Path:
    """The folder of the public sets."""
    if folder := os.environ.get("TRIAGE_DATA"):
        return Path(folder)
    raise click.UsageError("set TRIAGE_DATA to the folder of the public sets")


@main.command()
@click.argument("names", nargs=-1)
def sets(names: tuple[str, ...]) -> None:
    """Whole public sets to the end, step by step and in one call a trace: calls and tokens."""
    data = public_sets()
    print("| set | mode | steps | calls | tokens in | tokens out | judged | s |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names or ("mrben_medicine", "mmlupro_law"):
        for mode in ("step", "trace"):
            with (
                tempfile.TemporaryDirectory(prefix="triage-bench-") as folder,
                standin({"latency": LATENCY, "items": ITEMS}) as url,
            ):
                ran = run(Path(folder), data / f"{name}.jsonl", url, mode=mode)
                stats = read(url, "stats")
            said, tokens = stats["asked"], stats["tokens"]
            print(
                f"| {name} | {mode} | {ran.summary['steps']:,} | {said:,} | {tokens['input']:,} "
                f"| {tokens['output']:,} | {ran.outcomes['proposal']:,} | {ran.seconds:.0f} |",
                flush=True,
            )


@main.command()
def honest() -> None:
    """The share of honest steps in the public sets that are suspected of speaking to the judge."""
    from triage.judging.questions.suspicion import suspicion

    total: Counter[str] = Counter()
    suspected: Counter[str] = Counter()
    for path in sorted(public_sets().glob("*.jsonl")):
        with path.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                for step in row["steps"]:
                    total[path.stem] += 1
                    suspected[path.stem] += suspicion(step) is not None
    for name, count in suspected.items():
        if count:
            print(f"{name}: {count} of {total[name]}")
    share = suspected.total() / total.total()
    print(f"{suspected.total()} of {total.total():,} steps in {len(total)} sets: {share:.3%}")


if __name__ == "__main__":
    main()
