"""What helps judges: how documents are searched, and what a redactor covers that it should not.

`TRIAGE_DATA=folder python -m benchmarks.plugins.aids`. The library is made up from the problems of
four public sets, one a document; the steps of every fifth trace then look for their own. The
redactor reads every step of every set: they hold hardly an address or number of a person, so
what it covers is mostly wrong.
"""

import os
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from triage_library.index import Index
from triage_library.words import search_words
from triage_redact import rules

from triage.ingest import Ingested, read_traces
from triage.records import Trace

DATA = Path(os.environ.get("TRIAGE_DATA", ""))
SETS = ("mrben_medicine", "mmlupro_health", "mmlupro_law", "mrben_biology")


def main() -> None:
    """Print both tables."""
    if "TRIAGE_DATA" not in os.environ:
        sys.exit("set TRIAGE_DATA to the folder of the public sets")
    _library()
    _redactor()


def _traces(stem: str) -> list[Trace]:
    items = read_traces([str(DATA / f"{stem}.jsonl")])
    return [item.trace for item in items if isinstance(item, Ingested)]


def _library() -> None:
    traces = [trace for stem in SETS for trace in _traces(stem)]
    problems = {trace.group: trace.problem for trace in traces}
    with tempfile.TemporaryDirectory() as folder:
        places = {}
        for number, (group, problem) in enumerate(problems.items()):
            (Path(folder) / f"{number}.txt").write_text(problem, encoding="utf-8")
            places[group] = f"{number}.txt"
        index = Index(Path(folder) / "index.db")
        began = time.perf_counter()
        index.update({"*": [Path(folder)]})
        made = time.perf_counter() - began
        began = time.perf_counter()
        index.update({"*": [Path(folder)]})
        again = time.perf_counter() - began
        first = among = asked = 0
        began = time.perf_counter()
        for trace in islice(traces, 0, None, 5):
            for step in trace.steps:
                found = index.search(search_words(step.text, trace.problem), "medical", 4)
                named = [one.source for one in found]
                asked += 1
                first += named[:1] == [places[trace.group]]
                among += places[trace.group] in named
        seconds = time.perf_counter() - began
    print(
        f"library: {len(problems):,} documents indexed in {made:.2f} s, looked over {again:.2f} s"
    )
    print(f"{asked:,} steps searched, {1000 * seconds / asked:.1f} ms each")
    print(f"the step's own problem is first for {first / asked:.1%}, found for {among / asked:.1%}")


def _redactor() -> None:
    patterns = rules({"kinds": ["email", "phone"]})
    steps = characters = 0
    covered: dict[str, int] = {kind: 0 for kind, _ in patterns}
    seconds = 0.0
    for path in sorted(DATA.glob("*.jsonl")):
        for trace in _traces(path.stem):
            for step in trace.steps:
                began = time.perf_counter()
                for kind, pattern in patterns:
                    covered[kind] += pattern.search(step.text) is not None
                seconds += time.perf_counter() - began
                steps += 1
                characters += len(step.text)
    told = ", ".join(f"{kind} {count}" for kind, count in covered.items())
    print(f"redactor: {steps:,} steps, {1e6 * seconds / steps:.0f} us each; steps covered: {told}")


if __name__ == "__main__":
    main()
