"""What the math plugin finds on public sets with human labels, and how fast.

Usage: TRIAGE_DATA=folder python benchmarks/plugins/math_steps.py [SET ...] [--show SET] [--part N]
[--fit]
    [--halves]

A flag is a step proposed `incorrect`. Against a known first error: `at` it, `before` it (any flag
of a trace known to be without error is one), or `after` it (not counted). Precision is at / (at +
before), recall at / traces with an error. `benchmarks/plugins/checkers.py` tells the audited
precision. Times are processor time of one process.
"""

import argparse
import json
import os
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from statistics import quantiles
from typing import Any

from triage_math import triage_propose

from triage.plugininfo import PluginContext
from triage.records import Claim, ClaimVerdict, Label, Proposal, Step, Trace
from triage.runtime.cycles import collect_seldom

LABELLED = ("mrgsm8k_wrong", "mrben_math", "mrben_physics", "processbench_gsm8k",
            "processbench_math", "processbench_olympiadbench")  # fmt: skip
GOLD = ("gsm8k_gold_train", "gsm8k_gold_test")
PARTS = 4
PRIOR = 4
DRAWS = 400
PROOFS = (ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT)


@dataclass
class Flag:
    """A flagged step: where it lies to the first error, and the claims that flagged it."""

    place: str
    trace: Trace
    step: int
    claims: list[Claim]


@dataclass
class Result:
    """Everything counted on one set."""

    name: str
    ids: list[tuple[str, bool]] = field(default_factory=list)
    traces: int = 0
    errors: int = 0
    claims: int = 0
    decided: int = 0
    flags: list[Flag] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)

    def count(self, place: str) -> int:
        """Flags at one place."""
        return sum(f.place == place for f in self.flags)


def rows(folder: Path, name: str, part: int | None) -> Iterator[dict[str, Any]]:
    """The traces of a set, or one part of them by a hash of the id."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if part is None or zlib.crc32(row["id"].encode()) % PARTS == part:
                yield row


def trace_of(row: dict[str, Any]) -> Trace:
    """The trace as the plugin sees it."""
    steps = tuple(Step(index=i, text=t) for i, t in enumerate(row["steps"]))
    return Trace(
        id=row["id"],
        domain=row["domain"],
        problem=row["problem"],
        options=row.get("options"),
        steps=steps,
        group=row["group"],
    )


def place_of(step: int, first_error: int | None) -> str:
    """Where a step lies relative to the first error."""
    if first_error is None or step < first_error:
        return "before"
    return "at" if step == first_error else "after"


def measure(folder: Path, name: str, part: int | None) -> Result:
    """Run the plugin over one set through its hook."""
    result = Result(name)
    for row in rows(folder, name, part):
        human = row.get("human") or {}
        first, known = human.get("first_error"), human.get("first_error_known")
        trace, context = trace_of(row), PluginContext()
        result.traces += 1
        result.errors += first is not None
        result.ids.append((trace.id, first is not None))
        for step in range(len(trace.steps)):
            began = time.process_time()
            outcome = triage_propose(trace, step, context)
            result.ms.append((time.process_time() - began) * 1000)
            if not isinstance(outcome, Proposal):
                continue
            verdicts = [c.verdict for c in outcome.evidence.claims]
            result.claims += 1
            result.decided += any(v in (*PROOFS, ClaimVerdict.SUPPORTED) for v in verdicts)
            if outcome.label is Label.INCORRECT and (first is not None or known or name in GOLD):
                claims = [c for c in outcome.evidence.claims if c.verdict in PROOFS]
                result.flags.append(Flag(place_of(step, first), trace, step, claims))
    return result


def line(result: Result) -> str:
    """One line of the table."""
    steps, seconds = len(result.ms), sum(result.ms) / 1000
    at, before = result.count("at"), result.count("before")
    ordered = sorted(result.ms)
    precision = f"{at / (at + before):.3f}" if at else "-"
    recall = f"{at / result.errors:.3f}" if result.errors else "-"
    return (
        f"| {result.name} | {result.traces} | {steps} | {precision} | {recall} "
        f"| {at} / {before} / {result.count('after')} | {100 * before / steps:.3f} | "
        f"{result.claims / steps:.2f} | {result.decided / steps:.2f} "
        f"| {steps / seconds:,.0f} | {ordered[int(0.99 * steps)]:.1f} | {ordered[-1]:.0f} |"
    )


HEAD = (
    "| set | traces | steps | P | R | at / before / after | early % "
    "| claims | decided | steps/s | p99 ms | max ms |\n" + "|---" * 12 + "|"
)


def show(result: Result) -> None:
    """List the flags of a set with their evidence."""
    for flag in result.flags:
        for claim in flag.claims:
            print(
                f"{flag.place:6} {flag.trace.id} step {flag.step} {claim.span} {claim.kind}: "
                f"{claim.text!r} expected {claim.expected}, found {claim.found}; {claim.note}"
            )


def fit(results: list[Result]) -> None:
    """Print, for each claim kind, how often a flag fell on the human first error.

    Only sets with first errors count, and flags after it do not. Kinds with few flags are drawn
    towards the share of all kinds with the weight of `PRIOR` flags. The labels stand as they are: a
    false line that the experts let pass counts against its kind.
    """
    right: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    labelled = [r for r in results if r.errors]
    for flag in (f for r in labelled for f in r.flags if f.place != "after"):
        for kind in {c.kind for c in flag.claims}:
            right[kind] += flag.place == "at"
            total[kind] += 1
    overall = sum(right.values()) / max(1, sum(total.values()))
    for kind in sorted(total):
        value = (right[kind] + PRIOR * overall) / (total[kind] + PRIOR)
        print(f'    "{kind}": {value:.2f},  # {right[kind]} of {total[kind]}')
    print(f"UNFITTED: Final = {overall:.2f}")


def halves(results: list[Result]) -> None:
    """Print how P and R vary over halves of each set, drawn by a hash of the trace's id."""
    print("| set | R | R of a half | P | P of a half |\n" + "|---" * 5 + "|")
    for result in (r for r in results if r.errors):
        recalls, precisions = [], []
        for draw in range(DRAWS):
            chosen = {i: blake2b(f"{draw} {i}".encode()).digest()[0] % 2 for i, _ in result.ids}
            for half in range(2):
                errors = sum(wrong and chosen[i] == half for i, wrong in result.ids)
                at, before = (
                    sum(f.place == place and chosen[f.trace.id] == half for f in result.flags)
                    for place in ("at", "before")
                )
                recalls.append(at / max(1, errors))
                precisions.append(at / max(1, at + before))
        at, before = result.count("at"), result.count("before")
        ranges = [
            f"{quantile[0]:.3f} to {quantile[-1]:.3f}"
            for quantile in (quantiles(recalls, n=20), quantiles(precisions, n=20))
        ]
        print(
            f"| {result.name} | {at / result.errors:.3f} | {ranges[0]} "
            f"| {at / max(1, at + before):.3f} | {ranges[1]} |"
        )


def main() -> None:
    """Measure the sets named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=[*LABELLED, *GOLD])
    parser.add_argument("--show", action="append", default=[], metavar="SET")
    parser.add_argument("--part", type=int, choices=range(PARTS))
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--halves", action="store_true")
    chosen = parser.parse_args()
    if "TRIAGE_DATA" not in os.environ:
        sys.exit("TRIAGE_DATA is not set: point it to the folder with the public sets")
    folder = Path(os.environ["TRIAGE_DATA"])
    collect_seldom()  # as in a worker
    print(HEAD)
    results = []
    for name in dict.fromkeys([*chosen.sets, *chosen.show]):
        result = measure(folder, name, chosen.part)
        results.append(result)
        print(line(result), flush=True)
        if name in chosen.show:
            show(result)
    if chosen.fit:
        fit(results)
    if chosen.halves:
        halves(results)


if __name__ == "__main__":
    main()
