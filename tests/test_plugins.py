"""Plugins from outside: good ones work, and no bad one costs more than its own steps."""

from pathlib import Path
from typing import Any

from conftest import Ran, Triage, read_lines, write_lines

SETTINGS = """
[plugins]
workers = 2
deadline_seconds = 6
network_deadline_seconds = 1
memory_mb = 768
[plugin.stranger]
loud = "very"
"""


def run(triage: Triage, strangers: dict[str, str], steps: list[str], **more: Any) -> list[Any]:
    trace = {"id": "t", "domain": "noise", "problem": "Be quiet.", "steps": steps} | more
    write_lines(Path("in.jsonl"), [trace])
    Path("triage.toml").write_text(SETTINGS)
    ran: Ran = triage("run", "in.jsonl", "--out", "out.jsonl", **strangers)
    assert ran.status in (0, 3), ran.err
    return read_lines(Path("out.jsonl"))


def by(rows: list[Any], source: str) -> list[str]:
    """For each step, the label a source gave, or why it failed or abstained."""
    told = []
    for row in rows:
        said = [p["label"] for p in row["proposals"] if p["source"] == source]
        failed = [f"failed: {f['why']}" for f in row["failed"] if f["source"] == source]
        silent = [f"abstained: {a['why']}" for a in row["abstained"] if a["source"] == source]
        (one,) = said + failed + silent
        told.append(one)
    return told


def test_a_stranger_proposes_with_settings_and_memory(
    triage: Triage, strangers: dict[str, str]
) -> None:
    rows = run(triage, strangers, ["hush", "LOUD", "hush"])
    assert by(rows, "stranger") == ["necessary", "incorrect", "necessary"]
    assert rows[2]["proposals"][-1]["evidence"]["extra"] == {"seen": [0, 1, 2], "loud": "very"}


WAYS = {
    "raise": "crash",
    "hang": "timeout",
    "eat": "memory",
    "die": "killed",
    "close": "killed",
    "string": "bad-reply",
    "number": "bad-reply",
    "other step": "bad-reply",
    "other name": "bad-reply",
    "bad confidence": "crash",
    "bad label": "crash",
    "exit": "crash",
    "interrupt": "crash",
    "cancel": "crash",
    "speechless": "crash",
    "no text": "crash",
    "huge": "bad-reply",
    "many": "bad-reply",
    "no number": "bad-reply",
}


def test_going_wrong_costs_one_step_of_one_plugin(
    triage: Triage, strangers: dict[str, str]
) -> None:
    steps = [step for way in WAYS for step in (f"{way}: now", "fine")]
    rows = run(triage, strangers, steps)
    expected = [said for why in WAYS.values() for said in (f"failed: {why}", "necessary")]
    assert by(rows, "clumsy") == expected
    assert by(rows, "stranger") == ["necessary"] * len(steps)
    for row in rows[::2]:
        assert row["decision"] == "ask"
        assert "failed" in [reason["code"] for reason in row["reasons"]]


def test_neighbours_in_a_worker_pay_for_nobody(triage: Triage, strangers: dict[str, str]) -> None:
    texts = ["fine"] * 40
    texts[21], texts[30] = "die: now", "hang: now"
    rows = [
        {"id": f"t{at}", "domain": "noise", "problem": f"Case {at}.", "steps": [text, "fine"]}
        for at, text in enumerate(texts)
    ]
    Path("triage.toml").write_text(SETTINGS.replace("workers = 2", "workers = 1"))
    ran = triage("run", write_lines(Path("in.jsonl"), rows), "--out", "out.jsonl", **strangers)
    assert ran.status == 3, ran.err
    said = by(read_lines(Path("out.jsonl")), "clumsy")
    expected = ["necessary"] * 80
    expected[42], expected[60] = "failed: killed", "failed: timeout"
    assert said == expected


def test_waiting_plugins_fail_alone_too(triage: Triage, strangers: dict[str, str]) -> None:
    steps = ["one", "raise: two", "hang: three", "exit: four", "cancel: five"]
    rows = run(triage, strangers, steps)
    assert by(rows, "patient") == [
        "necessary", "failed: crash", "failed: timeout", "failed: crash", "failed: crash",
    ]  # fmt: skip


def test_what_a_plugin_prints_is_no_output_of_the_command(
    triage: Triage, strangers: dict[str, str]
) -> None:
    write_lines(Path("in.jsonl"), [{"domain": "noise", "problem": "p", "steps": ["print: now"]}])
    ran = triage("run", "in.jsonl", "--json", **strangers)
    assert ran.json["steps"] == 1
    assert "a word from a plugin\nand another" in ran.err


def test_broken_plugins_are_named_and_do_no_harm(triage: Triage, strangers: dict[str, str]) -> None:
    write_lines(Path("in.jsonl"), [{"domain": "noise", "problem": "p", "steps": ["s"]}])
    ran = triage("run", "in.jsonl", "--json", **strangers)
    assert ran.status == 0
    broken = ran.json["broken_plugins"]
    assert {"misspelt", "unimportable", "imposter", "deadly", "leaving", "closing"} <= set(broken)
    assert "porpose" in broken["misspelt"]
    assert "a_module_that_does_not_exist" in broken["unimportable"]
    assert "math" in broken["imposter"]
    assert "imported" in broken["deadly"]
    assert "imported" in broken["closing"]


def test_a_plugin_sees_only_what_it_may(triage: Triage, strangers: dict[str, str]) -> None:
    rows = run(
        triage,
        strangers,
        ["peek: one", "peek: two", "three"],
        final_answer="4",
        reference_answer="4",
        human={"first_error": 1, "first_error_known": True},
        proposals=[{"source": "other", "step_labels": ["necessary", None, None]}],
        hidden_field="7",
    )
    assert by(rows, "clumsy") == ["necessary"] * 3


def test_a_failed_step_is_asked_again_and_the_rest_is_not(
    triage: Triage, strangers: dict[str, str]
) -> None:
    run(triage, strangers, ["one", "raise: two"])
    ran = triage("run", "in.jsonl", "--json", **strangers)
    assert ran.status == 3
    assert (ran.json["known"], ran.json["failed"]) == (1, 2)


def test_a_blocked_plugin_says_nothing(triage: Triage, strangers: dict[str, str]) -> None:
    run(triage, strangers, ["one"])
    triage(
        "run", "in.jsonl", "--out", "out.jsonl",
        TRIAGE_PLUGINS_BLOCKED="clumsy,patient", **strangers,
    )  # fmt: skip
    (row,) = read_lines(Path("out.jsonl"))
    assert {p["source"] for p in row["proposals"]} == {"stranger"}
