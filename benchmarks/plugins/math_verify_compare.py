"""The math plugin beside Math-Verify on the same equalities and the same answers.

Usage: TRIAGE_DATA=folder python benchmarks/plugins/math_verify_compare.py [COUNT]

Equalities are the numeric ones the plugin finds and decides in reference solutions and labelled
traces; both are asked whether the two sides as written are equal. Answers are pairs of a final
answer and its reference whose correctness the set states.
"""

import json
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from math_verify import parse, verify
from triage_math import answer
from triage_math.check import check_step, read_problem
from triage_math.claims.problem import Problem
from triage_math.claims.state import State

from triage.records import AnswerVerdict, ClaimVerdict

EQUALITIES = ("gsm8k_gold_test", "mrgsm8k_wrong", "processbench_math")
ANSWERS = ("gsm8k_model_solutions", "mrben_math")
SIGN = "="


def equalities(folder: Path, name: str) -> Iterator[tuple[str, str, bool]]:
    """Left side, right side and whether the plugin finds them equal."""
    for line in (folder / f"{name}.jsonl").open(encoding="utf-8"):
        row, state = json.loads(line), State()
        state.problem = Problem(row["problem"])
        read_problem(state)
        for step, text in enumerate(row["steps"]):
            for finding in check_step(text, step, state):
                written = text[slice(*finding.span)]
                decided = finding.verdict in (ClaimVerdict.SUPPORTED, ClaimVerdict.REFUTED)
                if finding.kind == "arithmetic" and decided and written.count(SIGN) == 1:
                    left, right = written.split(SIGN)
                    yield left, right, finding.verdict is ClaimVerdict.SUPPORTED


def by_math_verify(found: str, expected: str) -> bool | None:
    """Math-Verify's verdict; None where it reads nothing."""
    dressed = [t if "$" in t or "\\" in t else f"${t}$" for t in (expected, found)]
    gold, ours = (parse(t, parsing_timeout=None) for t in dressed)
    return bool(verify(gold, ours, timeout_seconds=None)) if gold and ours else None


def by_plugin(found: str, expected: str) -> bool | None:
    """The plugin's verdict on an answer; None where it does not decide."""
    verdict = answer.compare(found, expected)
    return None if verdict is AnswerVerdict.UNKNOWN else verdict is AnswerVerdict.RIGHT


def answers(folder: Path, name: str) -> Iterator[tuple[str, str, bool]]:
    """Final answer, reference and whether the set calls it correct."""
    for line in (folder / f"{name}.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        found, expected, right = (
            row.get(k) for k in ("final_answer", "reference_answer", "final_correct")
        )
        if found and expected and right is not None:
            yield str(found), str(expected), right


def tally(
    judge: Callable[[str, str], bool | None], pairs: list[tuple[str, str, bool]]
) -> tuple[Counter[str], float]:
    """Agreement with the third member of each pair, and milliseconds a pair."""
    seen: Counter[str] = Counter()
    began = time.process_time()
    for found, expected, truth in pairs:
        verdict = judge(found, expected)
        seen["undecided" if verdict is None else "agrees" if verdict == truth else "differs"] += 1
    return seen, (time.process_time() - began) * 1000 / max(1, len(pairs))


def main() -> None:
    """Print both comparisons."""
    if "TRIAGE_DATA" not in os.environ:
        sys.exit("TRIAGE_DATA is not set: point it to the folder with the public sets")
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    folder = Path(os.environ["TRIAGE_DATA"])
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(
        "| input | judge | pairs | agrees | differs | undecided | ms a pair |\n" + "|---" * 7 + "|"
    )
    for name in EQUALITIES:
        pairs = list(islice(equalities(folder, name), count))
        report(f"{name}: equalities, against the plugin", "Math-Verify", by_math_verify, pairs)
    for name in ANSWERS:
        pairs = list(islice(answers(folder, name), count))
        report(f"{name}: answers, against the set", "plugin", by_plugin, pairs)
        report(f"{name}: answers, against the set", "Math-Verify", by_math_verify, pairs)


def report(
    what: str,
    who: str,
    judge: Callable[[str, str], bool | None],
    pairs: list[tuple[str, str, bool]],
) -> None:
    """Print one row."""
    seen, ms = tally(judge, pairs)
    print(
        f"| {what} | {who} | {len(pairs)} | {seen['agrees']} | {seen['differs']} "
        f"| {seen['undecided']} | {ms:.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
