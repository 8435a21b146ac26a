"""Kinds of judges as a user configures them: whole traces at once, the reference, samples."""

from pathlib import Path

import pytest
from conftest import Triage, read_lines, write_lines
from judging_runs import KEYS, cases, panel_file

from triage.standin import Rule, Script, StandIn
from triage.standin.script import Act

ITEMS = r"<<\w+ step (\d+)"


def case(steps: int, **more: object) -> Path:
    """A file with one medical trace."""
    texts = [f"Point {index} of the case, no more." for index in range(steps)]
    row = {"id": "t", "domain": "medical", "problem": "What ails her?", "steps": texts}
    return write_lines(Path("in.jsonl"), [row | more])


@pytest.mark.parametrize(("steps", "calls"), [(1, 1), (20, 1), (21, 2), (230, 12)])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_long_trace_at_once_takes_one_call_for_twenty_steps(
    triage: Triage, provider: str, steps: int, calls: int
) -> None:
    with StandIn(Script(items=ITEMS)) as server:
        panel_file(server, provider=provider, mode="trace")
        source = case(steps)
        reckoned = triage("estimate", source, "--json", **KEYS).json
        ran = triage("run", source, "--out", "out.jsonl", "--budget", "2", **KEYS)
        assert server.journal.asked.total() == calls == reckoned["calls"]
    assert ran.status == 0, ran.err
    said = [row["proposals"][0] for row in read_lines(Path("out.jsonl"))]
    assert [one["source"] for one in said] == ["medical-trace:a"] * steps
    assert reckoned["worst_usd"] <= 2


def test_only_the_part_of_a_long_trace_that_is_amiss_is_asked_again(triage: Triage) -> None:
    rules = (Rule(match="Your last reply"), Rule(do=Act.MISSING, match="earlier step 19"))
    with StandIn(Script(items=ITEMS, rules=rules)) as server:
        panel_file(server, mode="trace")
        ran = triage("run", case(30), "--out", "out.jsonl", **KEYS)
        assert server.journal.asked.total() == 3
    assert ran.status == 0, ran.err


def test_answers_to_earlier_steps_are_left_out(triage: Triage) -> None:
    with StandIn(Script(items=r"<<\w+ (?:earlier )?step (\d+)")) as server:
        panel_file(server, mode="trace")
        ran = triage("run", case(25), "--out", "out.jsonl", **KEYS)
        assert server.journal.asked.total() == 2
    assert ran.status == 0, ran.err
    assert all(len(row["proposals"]) == 1 for row in read_lines(Path("out.jsonl")))


@pytest.mark.parametrize("mode", ["step", "trace"])
def test_a_judge_that_sees_the_reference_is_asked_only_where_there_is_one(
    triage: Triage, mode: str
) -> None:
    with StandIn(Script(items=ITEMS)) as server:
        panel_file(server, see="reference", mode=mode)
        without = case(3)
        reckoned = triage("estimate", without, "--json", **KEYS).json
        ran = triage("run", without, "--out", "out.jsonl", **KEYS)
        assert server.journal.asked.total() == reckoned["calls"] == 0
        assert ran.status == 0, ran.err
        for row in read_lines(Path("out.jsonl")):
            assert {"source": "medical-reference:a", "why": "no-reference"} in row["abstained"]
            assert row["proposals"] == []
        ran = triage("run", case(3, id="u", reference_answer="Flu"), "--out", "out.jsonl", **KEYS)
        assert server.journal.asked.total() == (3 if mode == "step" else 1)
    assert ran.status == 0, ran.err
    for row in read_lines(Path("out.jsonl")):
        assert [one["saw_reference"] for one in row["proposals"]] == [True]


def test_the_only_sample_that_is_left_has_no_confidence(triage: Triage) -> None:
    # the first sample has no seed
    rules = (Rule(do=Act.REFUSAL, share=0.6),)
    with StandIn(Script(rules=rules)) as server:
        panel_file(server, samples=3, temperature=1.0)
        ran = triage("run", cases(60, each=4), "--out", "out.jsonl", **KEYS)
    assert ran.status == 3, ran.err
    left = {1: 0, 2: 0, 3: 0}
    for row in read_lines(Path("out.jsonl")):
        for one in row["proposals"]:
            extra = one["evidence"]["extra"]
            left[extra["samples"]] += 1
            assert extra["failed_samples"] == ["refusal"] * (3 - extra["samples"])
            if extra["samples"] == 1:
                assert one["confidence"] is None
            else:
                votes = one["evidence"]["votes"]
                assert one["confidence"] == pytest.approx(votes[one["label"]])
    assert all(left.values())


def test_the_estimate_counts_what_a_run_would_ask_again(triage: Triage) -> None:
    rules = (Rule(do=Act.NOT_JSON, match="Point 1 of"),)
    with StandIn(Script(rules=rules)) as server:
        panel_file(server)
        assert triage("run", case(2), "--out", "out.jsonl", **KEYS).status == 3
        reckoned = triage("estimate", case(2), "--json", **KEYS).json
    assert (reckoned["calls"], reckoned["stored"]) == (1, 1)
