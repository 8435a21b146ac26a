"""What the checkers find on public sets with human labels, as a table in Markdown.

Usage: TRIAGE_DATA=folder python benchmarks/labelled.py [SET ...]

Every row is `triage evaluate SET.jsonl --json`; docs/evaluate.md says what the columns mean.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

SETS = (
    "mrgsm8k_wrong",
    "mrben_math",
    "mrben_physics",
    "processbench_gsm8k",
    "processbench_math",
    "processbench_olympiadbench",
    "bbm_multistep_arithmetic",
    "bbm_dyck_languages",
    "bbm_tracking_shuffled_objects",
    "bbm_logical_deduction",
    "gsm8k_gold_train",
    "gsm8k_gold_test",
    "mrben_medicine",
    "apb_hotpotqa",
)
CHECKERS = ("math", "logic", "triage")


def evaluate(file: Path) -> dict[str, Any]:
    """Run the command on one file."""
    done = subprocess.run(
        [sys.executable, "-m", "triage", "evaluate", str(file), "--json"],
        check=False,
        capture_output=True,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def percent(rate: dict[str, Any] | None) -> str:
    """A share with what it was counted from."""
    if rate is None or rate["share"] is None:
        return "-"
    return f"{100 * rate['share']:.1f} ({rate['count']}/{rate['of']})"


def row(name: str, source: dict[str, Any]) -> str:
    """One source on one set."""
    found = source["incorrect"] or {}
    cells = [
        name,
        source["source"],
        percent(source["evidence"]),
        percent(found.get("precision")),
        percent(found.get("recall")),
        percent(found.get("alarms_before")),
        percent(found.get("alarms_in_right")),
        percent(source["exact_first_error"]),
    ]
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    folder = Path(os.environ["TRIAGE_DATA"])
    print("| set | source | any evidence | precision | recall | alarms before | alarms in right "
          "traces | exact index |\n|" + "---|" * 8)  # fmt: skip
    for name in sys.argv[1:] or SETS:
        result = evaluate(folder / f"{name}.jsonl")
        sources = {one["source"]: one for one in result["sources"] if one["domain"] is None}
        machine = next(one["machine"] for one in result["triage"] if one["domain"] is None)
        for source in [*sources.values(), machine]:
            if source["source"] in CHECKERS and source["evidence"]["count"]:
                print(row(name, source), flush=True)


if __name__ == "__main__":
    main()
