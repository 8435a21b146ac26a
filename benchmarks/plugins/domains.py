"""False alarms and hits of the deterministic plugins of the judges' domains on the public sets.

`TRIAGE_DATA=folder python -m benchmarks.plugins.domains [PLUGIN ...] [--show]`. Every step of each
set is asked about, whatever its domain: a step that is known to be valid and is refuted is a false
alarm. In sets that tell only the outcome, the steps of right traces count as valid, though some are
not.
"""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from triage.evaluate import truth_of
from triage.ingest import Ingested, read_traces
from triage.plugininfo import PluginContext
from triage.records import Abstention, Proposal, Trace, Validity

PLUGINS = {"clinical": "triage_clinical", "citations": "triage_citations", "text": "triage_text"}
DATA = Path(os.environ.get("TRIAGE_DATA", ""))
OUTCOME_ONLY = ("mmlupro_", "lexam", "sirac", "gsm8k_gold")


def main() -> None:
    """Print a row for each plugin and set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plugins", nargs="*", default=list(PLUGINS))
    parser.add_argument("--show", action="store_true", help="print what is refuted")
    chosen = parser.parse_args()
    if "TRIAGE_DATA" not in os.environ:
        sys.exit("set TRIAGE_DATA to the folder of the public sets")
    print("plugin     set                            steps  evidence  valid  alarms  hits  us/step")
    for name in chosen.plugins:
        totals: Counter[str] = Counter()
        for path in sorted(DATA.glob("*.jsonl")):
            counts = count(name, path.stem, show=chosen.show)
            totals += counts
            if counts["evidence"]:
                _print(name, path.stem, counts)
        _print(name, "all sets", totals)


def _print(name: str, what: str, counts: Counter[str]) -> None:
    speed = counts["ns"] / 1000 / max(counts["steps"], 1)
    figures = "".join(
        f"{counts[key]:>{width},}"
        for key, width in (("steps", 8), ("evidence", 10), ("valid", 7), ("alarms", 8), ("hits", 6))
    )
    print(f"{name:<10} {what:<28}{figures}{speed:>9.0f}")


def count(name: str, stem: str, *, show: bool = False) -> Counter[str]:
    """What a plugin says of a set: steps, evidence, valid steps, false alarms, hits, time."""
    hook = import_module(PLUGINS[name]).triage_propose
    counts: Counter[str] = Counter()
    for trace in _traces(stem):
        truth = truth_of(trace)
        taken_as_right = stem.startswith(OUTCOME_ONLY) and trace.final_correct is not False
        context = PluginContext()
        for step, validity in enumerate(truth.validity):
            if validity is None and taken_as_right:
                validity = Validity.VALID
            shown = trace.model_copy(update={"steps": trace.steps[: step + 1]})
            began = time.perf_counter_ns()
            found = _ask(hook, shown, step, context)
            counts["ns"] += time.perf_counter_ns() - began
            counts["steps"] += 1
            counts["valid"] += validity is Validity.VALID
            if not isinstance(found, Proposal):
                continue
            counts["evidence"] += 1
            if found.label is None:
                continue
            counts["alarms"] += validity is Validity.VALID
            counts["hits"] += validity is Validity.INVALID
            if show:
                claims = [c for c in found.evidence.claims if c.verdict == "refuted"]
                told = "; ".join(f"{c.kind}: {c.text!r} expected {c.expected!r}" for c in claims)
                print(f"  {validity} {trace.id} step {step}: {told}")
    return counts


def _ask(hook: object, trace: Trace, step: int, context: PluginContext) -> Proposal | Abstention:
    arguments = {"trace": trace, "step": step, "context": context}
    names = hook.__code__.co_varnames[: hook.__code__.co_argcount]  # type: ignore[attr-defined]
    return hook(**{one: arguments[one] for one in names})  # type: ignore[operator,no-any-return]


def _traces(stem: str) -> Iterator[Trace]:
    for item in read_traces([str(DATA / f"{stem}.jsonl")]):
        if isinstance(item, Ingested):
            yield item.trace


if __name__ == "__main__":
    main()
