"""Every disagreement comes with its parties, through a run over the project's own examples."""

from collections import defaultdict
from contextlib import ExitStack
from importlib.resources import as_file
from pathlib import Path

import pytest
from certify_cases import ok
from export_store import rows

from triage import examples
from triage.records import ReasonCode

ELSEWHERE = {
    *("failed", "experts-split", "audit-hit", "drift"),  # arise from outages and experts
    *("injection-suspected", "checker-refuted"),  # of judges, and of checkers that are unsure
}
NOBODY = {"no-proposal", "unseen-domain"}
"""Reasons that may be there because nobody was asked."""


def test_every_reason_of_the_examples_names_its_parties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:
        files = [stack.enter_context(as_file(file)) for file in examples.paths()]
        ok("run", *files, "--out", "out.jsonl")
    nameless: defaultdict[str, list[str]] = defaultdict(list)
    shown = set()
    for row in rows("out.jsonl"):
        judged = {said["source"] for said in row["proposals"] if said["validity"]}
        for reason in row["reasons"]:
            shown.add(reason["code"])
            if not reason["sources"] and reason["code"] not in NOBODY:
                nameless[reason["code"]].append(f"{row['trace_id']} {row['step']}")
            if reason["code"] == ReasonCode.ANSWER_VS_STEPS.value:
                assert judged <= set(reason["sources"])
                assert set(reason["sources"]) - judged
    assert not nameless
    assert shown >= {code.value for code in ReasonCode} - ELSEWHERE
