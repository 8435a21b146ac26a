"""The experts' queue from the front door: who is asked what, in which order, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import read_lines, write_lines
from queue_cases import (
    ANSWER,
    LATER,
    OPINION,
    SECRET,
    asked,
    call,
    given,
    here,
    split,
    stored,
    trace,
)

__all__ = ["here"]
pytestmark = pytest.mark.usefixtures("here")


def admit(*names: str, credential: str = "history") -> None:
    for name in names:
        assert call("experts", "add", name, "--credential", credential).status == 0


def next_for(name: str) -> tuple[str, int] | None:
    item = call("queue", "next", "--expert", name).json
    return None if item is None else (item["trace_id"], item["step"])


def test_an_item_holds_what_it_takes_to_judge_and_nothing_of_the_machine() -> None:
    stored(split("t", options=["yes", "no"], reference_answer=ANSWER))
    admit("ann")
    called = call("queue", "next", "--expert", "ann", "--json")
    item = called.json
    assert item == {
        "trace_id": "t",
        "step": 1,
        "steps": 3,
        "left": 1,
        "domain": "history",
        "subject": None,
        "problem": "The problem of t?",
        "options": ["yes", "no"],
        "earlier": ["First of t."],
        "text": "Middle of t.",
    }
    for hidden in (LATER, ANSWER, OPINION, SECRET, "judges", "score", "ask", "incorrect"):
        assert hidden not in called.out


def test_experts_see_their_domains_only() -> None:
    stored(split("t"), split("m", domain="music"))
    admit("ann")
    admit("max", credential="music")
    admit("eve", credential="*")
    assert next_for("ann") == ("t", 1)
    assert next_for("max") == ("m", 1)
    # both lie before somebody
    assert next_for("eve") is None
    assert call("queue", "next", "--expert", "eve").out == "null\n"


def test_the_most_urgent_step_comes_first_and_a_lease_keeps_it_from_others() -> None:
    doubtful = trace("mild", {"a": ["necessary"], "b": ["redundant"]})
    stored(doubtful, split("grave"), split("grave2"))
    admit("ann", "bob", "cid", "dan")
    order = [(one["trace_id"], one["priority"]) for one in call("queue", "list", "--json").json]
    assert [name for name, _ in order] == ["grave", "grave2", "mild"]
    assert order[1][1] > order[2][1]
    assert next_for("ann") == ("grave", 1)
    assert next_for("bob") == ("grave2", 1)
    assert next_for("ann") == ("grave", 1)
    assert next_for("cid") == ("mild", 0)
    assert next_for("dan") is None
    assert {state for _, _, state in asked()} == {"leased"}


def test_a_lease_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(split("t"))
    admit("ann", "bob")
    monkeypatch.setattr("triage.store.labelling.queue.LEASE_SECONDS", -1.0)
    assert next_for("ann") == ("t", 1)
    assert next_for("bob") == ("t", 1)


def test_experts_who_ask_at_once_get_different_steps() -> None:
    names = [f"e{number}" for number in range(4)]
    stored(*(split(f"t{number}") for number in range(4)))
    admit(*names)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "triage", "queue", "next", "--expert", name],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    outs = [process.communicate(timeout=60)[0] for process in started]
    assert len({out for out in outs if "trace_id" in out}) == 4


def test_an_answer_settles_a_step_and_stays_through_another_run() -> None:
    stored(split("t"))
    admit("ann")
    words = ["--note", "why so?", "--correction", "x", "--inherits-error"]
    said = given("t", "1", "incomplete", "--expert", "ann", *words)
    assert said["new"] is True
    assert said["final"]["label"] == "incomplete"
    assert next_for("ann") is None
    assert asked() == [("t", 1, "settled")]
    call("run", "in.jsonl", "--out", "out.jsonl")
    final = read_lines(Path("out.jsonl"))[1]["final"]
    assert (final["label"], final["by"], final["inherits_error"]) == ("incomplete", "expert", True)
    assert final["correction"] == "x"
    assert final["verdicts"][0]["note"] == "why so?"


def test_an_experts_later_answer_replaces_the_earlier() -> None:
    stored(split("t"))
    admit("ann")
    given("t", "1", "incomplete", "--expert", "ann")
    assert given("t", "1", "incorrect", "--expert", "ann")["final"]["label"] == "incorrect"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["t", "1", "incorrect", "--expert", "ida"], "triage experts add 'ida'"),
        (["t", "1", "incorrect", "--expert", "max"], "no credential for 'history'"),
        (["t", "1", "incorrect", "--expert", "rex"], "revoked"),
        (["t", "3", "incorrect", "--expert", "ann"], "steps 0 to 2"),
        (["u", "0", "incorrect", "--expert", "ann"], "'u' is not in the store"),
        (["t", "1", "wrong", "--expert", "ann"], "necessary"),
    ],
)
def test_answers_that_cannot_be_taken_say_why(arguments: list[str], says: str) -> None:
    stored(split("t"))
    admit("ann", "rex")
    admit("max", credential="music")
    call("experts", "revoke", "rex")
    called = call("queue", "submit", *arguments)
    assert called.status == 2
    assert says in called.err
    assert "Traceback" not in called.err
    assert asked() == [("t", 1, "waiting")]


def test_a_split_goes_to_a_third_expert_and_ends_with_an_adjudicator_for_good() -> None:
    stored(split("t"))
    admit("ann", "bob", "cid", "eve")
    given("t", "1", "incorrect", "--expert", "ann")
    assert given("t", "1", "necessary", "--expert", "bob")["final"] is None
    assert asked() == [("t", 1, "split")]
    assert next_for("ann") is None
    assert next_for("cid") == ("t", 1)
    resolve = ["queue", "resolve", "t", "1", "redundant", "--reason", "said twice"]
    party = call(*resolve, "--adjudicator", "bob")
    assert party.status == 2
    assert "party" in party.err
    assert call(*resolve, "--adjudicator", "eve").status == 0
    assert asked() == [("t", 1, "settled")]
    call("run", "in.jsonl", "--out", "out.jsonl")
    final = read_lines(Path("out.jsonl"))[1]["final"]
    assert (final["label"], final["by"]) == ("redundant", "adjudicator")
    late = call("queue", "submit", "t", "1", "incorrect", "--expert", "cid")
    assert late.status == 2
    assert "final" in late.err
    again = call(*resolve, "--adjudicator", "cid")
    assert "nothing to resolve" in again.err
    assert asked() == [("t", 1, "settled")]


def test_there_is_nothing_to_resolve_where_experts_agree() -> None:
    stored(split("t"))
    admit("ann", "eve")
    given("t", "1", "incorrect", "--expert", "ann")
    called = call(
        "queue", "resolve", "t", "1", "redundant", "--adjudicator", "eve", "--reason", "x"
    )
    assert called.status == 2
    assert "nothing to resolve" in called.err


def test_a_right_answer_with_wrong_steps_asks_one_after_the_other() -> None:
    words: dict[str, list[str | None]] = {
        judge: ["necessary", "incorrect", "incorrect", "necessary"] for judge in "ab"
    }
    stored(trace("t", words, final_correct=True))
    admit("ann")
    first = asked()
    assert len(first) == 1
    given("t", str(first[0][1]), "necessary", "--expert", "ann")
    second = [one for one in asked() if one[2] == "waiting"]
    assert len(second) == 1
    assert {first[0][1], second[0][1]} == {1, 2}
    given("t", str(second[0][1]), "incorrect", "--expert", "ann")
    assert [state for _, _, state in asked()] == ["settled", "settled"]
    call("run", "in.jsonl", "--out", "out.jsonl")
    free = [row for row in read_lines(Path("out.jsonl")) if row["step"] in (0, 3)]
    assert [(row["decision"], row["reasons"]) for row in free] == [("hold", [])] * 2


def test_only_the_newest_version_of_a_trace_is_asked_about() -> None:
    stored(split("t"))
    admit("ann")
    stored_again = split("t", problem="Asked in another way?")
    call("run", write_lines(Path("in.jsonl"), [stored_again]), "--revise")
    assert call("queue", "next", "--expert", "ann").json["problem"] == "Asked in another way?"
    assert len(asked()) == 1


def test_list_and_stats_count_by_domain_reason_state_and_expert() -> None:
    stored(split("t"), split("m", domain="music"), trace("n", {"a": [None]}))
    admit("ann", credential="*")
    given("t", "1", "incorrect", "--expert", "ann")
    stats = call("queue", "stats", "--json").json
    assert stats["states"] == {"waiting": 2, "leased": 0, "split": 0, "settled": 1}
    assert stats["domains"]["music"] == {"waiting": 1}
    assert stats["reasons"] == {"judges-split": {"waiting": 1}, "no-proposal": {"waiting": 1}}
    assert stats["experts"] == {"ann": {"answered": 1, "skipped": 0}}
    for option, names in {
        ("--domain", "music"): {"m"},
        ("--reason", "no-proposal"): {"n"},
        ("--state", "settled"): {"t"},
    }.items():
        assert {one["trace_id"] for one in call("queue", "list", *option, "--json").json} == names
    assert len(call("queue", "list", "--limit", "2", "--json").json) == 2
    assert "judges-split" in call("queue", "list").out
    assert "no-proposal" in call("queue", "stats").out
