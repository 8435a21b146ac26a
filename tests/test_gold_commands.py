"""The gold set, standings and a calibration round from the command line."""

import json
from pathlib import Path

import pytest
from conftest import write_lines
from gold_cases import LABELS, gold_rows
from queue_cases import asked, call, here, split, stored

__all__ = ["here"]


@pytest.fixture
def house(here: Path) -> Path:
    """A store with work, two experts, and a round of four steps."""
    (here / "triage.toml").write_text(
        "[admission]\nsteps = 4\nabove = 0.75\nhidden_share = 0.0\n", encoding="utf-8"
    )
    stored(*(split(f"t{number}") for number in range(3)))
    for name in ("ann", "bob"):
        assert call("experts", "add", name, "--credential", "history").status == 0
    return here


def take(count: int = 6) -> None:
    ran = call("gold", "import", write_lines(Path("gold.jsonl"), gold_rows(count)))
    assert ran.status == 0, ran.err


def label_round(name: str, mistakes: int = 0) -> list[str]:
    """Label a round step by step as a program would; gives what was told on the way."""
    told = []
    for number in range(4):
        item = call("queue", "next", "--expert", name, "--json").json
        right = item["text"].rpartition(", ")[2].rstrip(".")
        label = LABELS[(LABELS.index(right) + (number < mistakes)) % 4]
        ran = call("queue", "submit", item["trace_id"], str(item["step"]), label, "--expert", name)
        assert ran.out == f"stored; the step is {_shown(label)} by expert\n"
        told.append(ran.err)
    return told


def _shown(label: str) -> str:
    names = {"necessary": "correct and necessary", "redundant": "correct but redundant"}
    return names.get(label, label)


def test_gold_comes_from_files_and_a_bad_line_is_told(house: Path) -> None:
    rows = [
        *gold_rows(3),
        {"trace_id": "t0", "step": 1, "label": "correct"},
        {"trace_id": "t0", "step": 3, "label": "incorrect"},
        {"trace_id": "nowhere", "step": 1, "label": "incorrect"},
        {"trace_id": "t1", "step": 1, "label": "wrong"},
        {"id": "bare", "problem": "p", "steps": ["a"]},
        {"trace_id": "t0", "step": 1, "label": "incorrect"},
    ]
    ran = call("gold", "import", write_lines(Path("gold.jsonl"), rows))
    assert ran.status == 3
    assert "4 gold steps are new, 0 were known" in ran.out
    assert "history: 4 of 4 steps before the first work" in ran.out
    rejects = [json.loads(line) for line in Path("gold.rejects.jsonl").read_text().splitlines()]
    assert [(one["line"], one["field"]) for one in rejects] == [
        (5, "step"), (6, "trace_id"), (7, "label"), (8, "human.step_labels"), (9, "label"),
    ]  # fmt: skip
    assert "triage gold retire 't0' 1" in rejects[-1]["reason"]
    again = call("gold", "import", write_lines(Path("gold.jsonl"), rows[:4]), "--json").json
    assert again == {"new": 0, "known": 4, "rejected": 0,
                     "rounds": {"history": "4 of 4 steps before the first work"}}  # fmt: skip
    # gold traces never become work
    assert len(asked()) == 3
    assert call("gold", "import", write_lines(Path("none.jsonl"), [])).status == 2


def test_the_gold_set_is_listed_and_steps_are_retired(house: Path) -> None:
    assert "no gold" in call("gold", "list").out
    take(3)
    assert "off: 3 of the 4" in call("gold", "list").out
    (one,) = call("gold", "list", "--json").json
    assert one["round"] == "off: 3 of the 4 gold steps that a round takes"
    assert one["labels"] == {"necessary": 1, "redundant": 1, "incorrect": 1}
    steps = call("gold", "list", "--steps", "--json").json
    assert [(step["trace_id"], step["truth"], step["source"]) for step in steps] == [
        (f"history-{number}", LABELS[number], "file") for number in range(3)
    ]
    assert call("gold", "retire", "history-0", "1").status == 0
    assert call("gold", "retire", "history-0", "1").status == 2
    assert len(call("gold", "list", "--steps", "--json").json) == 2
    take(3)
    assert len(call("gold", "list", "--steps", "--json").json) == 3


def test_resolutions_become_gold(house: Path) -> None:
    for name, label in (("ann", "necessary"), ("bob", "incorrect")):
        call("queue", "submit", "t0", "1", label, "--expert", name)
    call("experts", "add", "eve", "--credential", "history", "--role", "adjudicator")
    resolved = call("queue", "resolve", "t0", "1", "incorrect", "--adjudicator", "eve",
                    "--reason", "so it is")  # fmt: skip
    assert resolved.status == 0, resolved.err
    assert call("gold", "adopt", "--domain", "law", "--json").json["new"] == 0
    assert call("gold", "adopt", "--json").json["new"] == 1
    again = call("gold", "adopt", "--json").json
    assert (again["new"], again["known"]) == (0, 1)
    assert again["rounds"]["history"].startswith("off: 1 of the 4")
    (step,) = call("gold", "list", "--steps", "--json").json
    assert (step["trace_id"], step["truth"], step["source"]) == ("t0", "incorrect", "adjudicated")


def test_a_round_at_the_command_line_opens_the_queue(house: Path) -> None:
    take()
    refused = call("queue", "submit", "t0", "1", "incorrect", "--expert", "ann")
    assert refused.status == 2
    assert "a calibration round comes first" in refused.err
    *_, last = label_round("ann", mistakes=1)
    assert last.startswith("history: admitted. 3 of 4 labels agree")
    assert call("queue", "next", "--expert", "ann", "--json").json["trace_id"].startswith("t")
    assert call("queue", "submit", "t0", "1", "incorrect", "--expert", "ann").status == 0


def test_standings_and_what_a_lead_decides(house: Path) -> None:
    take()
    label_round("ann", mistakes=3)
    done = call("queue", "next", "--expert", "ann", "--json")
    assert done.out.strip() == "null"
    assert "history: not admitted. 1 of 4 labels agree" in done.err
    shown = call("experts", "standing")
    assert "refused" in shown.out
    assert "1 of 4 labels agree" in shown.out
    told = {one["expert"]: one for one in call("experts", "standing", "--json").json}
    assert (told["ann"]["stand"], told["bob"]["stand"]) == ("refused", "waiting")
    assert told["ann"]["result"]["agree"] == 1
    why = ("--domain", "history", "--reason", "read the guideline")
    again = call("experts", "repeat", "ann", *why)
    assert "2 of its steps were seen before" in again.out
    label_round("ann")
    assert call("queue", "next", "--expert", "ann", "--json").json["trace_id"].startswith("t")
    assert call("experts", "admit", "bob", *why).out == "bob is admitted to the queue of history\n"
    assert call("queue", "submit", "t1", "1", "incorrect", "--expert", "bob").status == 0
    for command in ("admit", "repeat"):
        assert call("experts", command, "bob", "--domain", "law", "--reason", "x").status == 2
    Path("triage.toml").write_text("[admission]\nsteps = 0\n", encoding="utf-8")
    off = call("experts", "repeat", "ann", *why)
    assert off.status == 2
    assert "no calibration round is asked for" in off.err


def test_verdict_files_of_who_is_not_admitted_are_refused(house: Path) -> None:
    take()
    rows = [
        {"trace_id": "t0", "step": 1, "label": "incorrect", "expert": name, "mode": "blind",
         "at": "2026-01-01T00:00:00Z"}
        for name in ("ann", "bob")
    ]  # fmt: skip
    call("experts", "admit", "ann", "--domain", "history", "--reason", "known")
    ran = call("queue", "import", write_lines(Path("said.jsonl"), rows))
    assert ran.status == 3
    (reject,) = [json.loads(line) for line in Path("said.rejects.jsonl").read_text().splitlines()]
    assert (reject["line"], reject["field"]) == (2, "expert")
    assert "a calibration round comes first" in reject["reason"]
