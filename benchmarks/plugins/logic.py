"""Exact first-error index, precision, recall and speed of the logic plugin on public sets.

Run `TRIAGE_DATA=folder PYTHONPATH=.:plugins python benchmarks/plugins/logic.py`. With `--silence`
all other sets are read as logic too: there nearly every flag on a correct step is a false alarm.
"""

import argparse
import gc
import hashlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from triage_logic import triage_propose

from triage.plugininfo import PluginContext
from triage.records import ClaimVerdict, Proposal, Step, Trace, Validity

FAMILIES: Final = (
    "bbm_dyck_languages",
    "bbm_multistep_arithmetic",
    "bbm_tracking_shuffled_objects",
    "bbm_logical_deduction",
)

SOUNDNESS: Final = "inferential_strategies"
"""Propositional traces that people judged as a whole: sound or not."""


class Run(NamedTuple):
    """One trace with what the plugin said of its steps, and when it spoke."""

    row: dict[str, Any]
    said: list[Proposal | None]
    ms: list[float]

    @property
    def flags(self) -> list[int]:
        """The steps that were called incorrect."""
        return [i for i, one in enumerate(self.said) if one and one.validity is Validity.INVALID]

    @property
    def first(self) -> int | None:
        """The first of them; None says that the trace is clean."""
        return next(iter(self.flags), None)

    @property
    def truth(self) -> int | None:
        """The first wrong step according to people."""
        first: int | None = (self.row.get("human") or {}).get("first_error")
        return first

    @property
    def decided(self) -> int:
        """How many steps the plugin had evidence on."""
        return sum(one is not None for one in self.said)


def half(identifier: str) -> str:
    """A fixed random half of every set: only `a` was read while the simulators were written."""
    return "a" if hashlib.sha256(identifier.encode()).digest()[0] % 2 == 0 else "b"


def rows(path: Path, part: str) -> Iterator[dict[str, Any]]:
    """The rows of one set that belong to a half, or all."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if part in ("all", half(row["id"])):
                yield row


def run(row: dict[str, Any]) -> Run:
    """Follow one trace the way the host does: in order, each step without the later ones."""
    steps = tuple(Step(index=i, text=text) for i, text in enumerate(row["steps"]))
    whole = Trace(id=row["id"], problem=row["problem"], steps=steps, group="-", domain="logic")
    context = PluginContext()
    said: list[Proposal | None] = []
    ms: list[float] = []
    for index in range(len(steps)):
        trace = whole.model_copy(update={"steps": steps[: index + 1]})
        begun = time.process_time()
        outcome = triage_propose(trace, index, context)
        ms.append((time.process_time() - begun) * 1000)
        said.append(outcome if isinstance(outcome, Proposal) else None)
    return Run(row, said, ms)


def percent(part: int, whole: int) -> str:
    """A share for the table."""
    return f"{100 * part / whole:.1f}" if whole else "-"


def speed(runs: list[Run]) -> str:
    """The last three columns: steps a second, the 99th percentile and the slowest step."""
    ms = sorted(t for one in runs for t in one.ms)
    return f"{1000 / statistics.fmean(ms):9.0f}{ms[int(len(ms) * 0.99)]:8.2f}{ms[-1]:8.1f}"


def family_line(name: str, runs: list[Run]) -> str:
    """One line of the table of labelled families."""
    exact = sum(one.first == one.truth for one in runs)
    flagged = sum(one.first is not None for one in runs)
    hits = sum(one.first is not None and one.first == one.truth for one in runs)
    errors = sum(one.truth is not None for one in runs)
    steps = sum(len(one.said) for one in runs)
    decided = sum(one.decided for one in runs)
    return (
        f"{name:32}{len(runs):7}{steps:8}{percent(exact, len(runs)):>8}"
        f"{percent(hits, flagged):>7}{percent(hits, errors):>7}{percent(decided, steps):>10}"
        f"{speed(runs)}"
    )


def silence_line(name: str, runs: list[Run]) -> str:
    """One line of the table of sets in which the plugin has little or nothing to say."""
    early = 0
    for one in runs:
        human = one.row.get("human") or {}
        labels = human.get("step_labels") or [None] * len(one.said)
        known = human.get("first_error_known") or name.startswith("gsm8k_gold")
        for flag in one.flags:
            before = known and (one.truth is None or flag < one.truth)
            early += bool(before or labels[flag] in ("necessary", "redundant", "correct"))
    steps = sum(len(one.said) for one in runs)
    flags = sum(len(one.flags) for one in runs)
    decided = sum(one.decided for one in runs)
    return f"{name:32}{len(runs):7}{steps:8}{decided:9}{flags:7}{early:7}{speed(runs)}"


def show(runs: list[Run], *, flags: bool) -> None:
    """Print the traces in which plugin and people disagree, or all that have a flag."""
    for one in runs:
        if not one.flags if flags else one.first == one.truth:
            continue
        right = one.row.get("final_correct")
        print(f"--- {one.row['id']}: plugin {one.first}, people {one.truth}, answer right: {right}")
        print(one.row["problem"])
        for index, text in enumerate(one.row["steps"]):
            said = one.said[index]
            mark = ("P" if index == one.first else " ") + ("H" if index == one.truth else " ")
            print(
                f"  {mark}{'.' if said is None else 'x' if said.validity else '+'} {index} {text}"
            )
            for claim in said.evidence.claims if said else ():
                if claim.verdict is ClaimVerdict.REFUTED:
                    print(f"        [{claim.text}] {claim.expected} | {claim.found} | {claim.note}")


def confidences(runs: list[Run]) -> None:
    """Print per claim kind how often the first flag is right, one added to each side.

    Right is the first error that people marked, or a trace that they found unsound.
    """
    hits: dict[str, list[bool]] = {}
    for one in runs:
        said = one.said[one.first] if one.first is not None else None
        refuted = (
            (c for c in said.evidence.claims if c.verdict is ClaimVerdict.REFUTED) if said else ()
        )
        for kind in {claim.kind for claim in refuted}:
            sound = one.row["human"].get("trace_sound")
            right = one.first == one.truth if sound is None else not sound
            hits.setdefault(kind, []).append(right)
    for kind, flags in sorted(hits.items()):
        smoothed = (sum(flags) + 1) / (len(flags) + 2)
        print(f"{kind:20}{sum(flags):6} of {len(flags):6}   {smoothed:.3f}")


def main() -> int:
    """Print the tables, or the disagreements in one set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("a", "b", "all"), default="all")
    parser.add_argument("--show", metavar="SET", help="list the disagreements in one set")
    parser.add_argument("--flags", metavar="SET", help="list all flagged traces of one set")
    parser.add_argument("--confidence", action="store_true", help="measure the confidence table")
    parser.add_argument("--silence", action="store_true", help="run over all other sets as well")
    options = parser.parse_args()
    folder = os.environ.get("TRIAGE_DATA")
    if not folder:
        print("set TRIAGE_DATA to the folder of the public sets (*.jsonl)", file=sys.stderr)
        return 2
    root = Path(folder)
    if options.show or options.flags:
        path = root / f"{options.show or options.flags}.jsonl"
        listed = [run(row) for row in rows(path, options.half) if row["steps"]]
        show(listed, flags=bool(options.flags))
        return 0
    known: dict[str, list[Run]] = {}
    for name in FAMILIES:
        gc.freeze()  # what is kept for the tables is not the plugin's garbage
        known[name] = [run(row) for row in rows(root / f"{name}.jsonl", options.half)]
    if options.confidence:
        whole = [run(row) for row in rows(root / f"{SOUNDNESS}.jsonl", options.half)]
        confidences([one for runs in (*known.values(), whole) for one in runs])
        return 0
    print(f"{'set':32} traces   steps exact %    P %    R % decided %  steps/s  p99 ms  max ms")
    for name, runs in known.items():
        print(family_line(name, runs))
    if options.silence:
        print(f"\n{'set':32} traces   steps  decided  flags  early  steps/s  p99 ms  max ms")
        for path in sorted(root.glob("*.jsonl")):
            if path.stem not in FAMILIES:
                others = [run(row) for row in rows(path, options.half) if row["steps"]]
                print(silence_line(path.stem, others), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
