"""What is no answer stays a typed failure in the decisions that `triage run` writes."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Triage, read_lines
from judging_runs import KEYS, cases, panel_file

from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act

BAD = {
    "quote-not-found": Rule(set={"quotes": ["words that nobody wrote"]}),
    "unknown-label": Rule(set={"label": "not correct and necessary"}),
    "contradiction": Rule(set={"label": "necessary", "error_kind": "dose"}),
    "unknown-error-kind": Rule(set={"label": "incorrect", "error_kind": "made-up"}),
    "refusal": Rule(do=Act.REFUSAL),
    "cut": Rule(do=Act.CUT),
    "not-json": Rule(do=Act.NOT_JSON),
    "bad-schema": Rule(do=Act.WRONG_SCHEMA),
}
ITEMS = r"<<\w+ step (\d+)"


def test_each_kind_of_bad_reply_is_a_failure_by_its_name(triage: Triage) -> None:
    rules = [
        rule.model_copy(update={"match": f"Step text 0 of case {number} moves on"})
        for number, rule in enumerate(BAD.values())
    ]
    with StandIn(Script(rules=tuple(rules))) as server:
        panel_file(server)
        ran = triage("run", cases(len(BAD) + 2, each=1), "--out", "out.jsonl", **KEYS)
        asked = server.journal.asked.total()
    assert ran.status == 3, ran.err
    rows = read_lines(Path("out.jsonl"))
    for row, code in zip(rows, BAD, strict=False):
        assert [said["why"] for said in row["failed"]] == [code]
        assert row["proposals"] == []
        assert row["decision"] == "ask"
        assert row["label"] is None
    for row in rows[len(BAD) :]:
        assert len(row["proposals"]) == 1, "a bad reply costs its neighbours nothing"
        assert row["failed"] == []
    assert asked == 2 * len(BAD) - 1 + 2, "all but the refusal are asked for once more, and no more"


def test_a_reply_that_is_good_the_second_time_is_an_answer(triage: Triage) -> None:
    # the second time it is told that its first reply could not be used
    first = BAD["quote-not-found"].model_copy(update={"match": r"(?s)\A(?!.*could not be used)"})
    with StandIn(Script(rules=(first,))) as server:
        panel_file(server)
        ran = triage("run", cases(3, each=1), "--out", "out.jsonl", **KEYS)
        assert server.journal.asked.total() == 6
    assert ran.status == 0, ran.err
    assert all(len(row["proposals"]) == 1 for row in read_lines(Path("out.jsonl")))


@pytest.mark.parametrize(("act", "why"), [(Act.MISSING, "missing-step"), (Act.DUPLICATE, None)])
def test_one_call_a_trace_loses_only_the_step_that_is_amiss(
    triage: Triage, act: Act, why: str | None
) -> None:
    with StandIn(Script(items=ITEMS, rules=(Rule(do=act),))) as server:
        panel_file(server, mode="trace")
        triage("run", cases(4, each=4), "--out", "out.jsonl", **KEYS)
    rows = read_lines(Path("out.jsonl"))
    amiss = 3 if act is Act.MISSING else 0
    failed = {row["step"]: [said["why"] for said in row["failed"]] for row in rows}
    assert failed.pop(amiss) == [why or "duplicate-step"]
    assert all(found == [] for found in failed.values())


def test_samples_are_kept_and_their_spread_is_the_confidence(triage: Triage) -> None:
    with StandIn(Script(choose={"label": {"necessary": 0.7, "incorrect": 0.3}})) as server:
        panel_file(server, samples=5, temperature=1.0)
        ran = triage("run", cases(8, each=4), "--out", "out.jsonl", **KEYS)
        assert server.journal.bought().total() == 40
    assert ran.status == 0, ran.err
    said = [one for row in read_lines(Path("out.jsonl")) for one in row["proposals"]]
    assert len({one["confidence"] for one in said}) > 1
    for one in said:
        votes: dict[str, Any] = one["evidence"]["votes"]
        assert one["confidence"] == pytest.approx(max(votes.values()))
        assert json.dumps(one["evidence"]).count("said_confidence") == 1
