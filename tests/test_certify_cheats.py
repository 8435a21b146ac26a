"""Ways around the rules of the guarantee: each is closed, and says so."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from certify_cases import (
    PLAN,
    answer,
    exported,
    give,
    label_all,
    ok,
    project,
    refused,
    start,
    verdict,
    waiting,
)
from conftest import write_lines
from export_store import call, rows


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


VERIFY = ("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts",
          "log.jsonl")  # fmt: skip


def rejects(file: str) -> str:
    """What is said of the lines of a file of verdicts that must all be rejected."""
    ran = call("queue", "import", file)
    assert ran.status == 3
    assert "0 verdicts are new" in ran.out
    return " ".join(one["reason"] for one in rows(next(Path().glob("*.rejects.jsonl"))))


def test_labels_of_before_the_draw_cannot_be_dated_ahead() -> None:
    truth = start(project())
    ok("certify", "plan", *PLAN)
    held = waiting("hold")
    in_an_hour = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    write_lines(Path("ahead.jsonl"), [verdict(p, truth[p], "ann", at=in_an_hour) for p in held])
    assert "is in the future" in rejects("ahead.jsonl")
    # a clock may run ahead a little: then the time at which the verdict came in counts
    soon = (datetime.now(UTC) + timedelta(minutes=2)).isoformat()
    early = [verdict(p, truth[p], "ann", at=soon) for p in held]
    give(early)
    ok("certify", "draw", "--seed", "7")
    assert "older than the draw" in refused("certify", "sign")
    assert f"{len(early)} were known" in ok("queue", "import", "verdicts.jsonl")


def test_a_log_that_dates_labels_ahead_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    # another program may have written the log: the check trusts its order and not its times
    monkeypatch.setattr("triage.queue.verdicts.admitting.not_ahead", lambda said: said)
    truth = start(project())
    ok("certify", "plan", *PLAN)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer(truth, "ann", waiting("hold"), at=soon)
    ok("certify", "draw", "--seed", "7")
    label_all(truth)
    ok("certify", "sign", "--out", "cert.json")
    exported()
    assert "before the draw" in refused(*VERIFY)


def test_revising_traces_gives_no_attempt_that_was_not_declared() -> None:
    traces, truth = project()
    start((traces, truth))
    ok("certify", "plan", *PLAN)
    ok("certify", "draw", "--seed", "7")
    answer(truth, "ann", waiting()[:5])
    for trace in traces:
        trace["problem"] += " "
        trace["metadata"] = {"again": True}
    traces[0]["problem"] = "A question that was put otherwise."
    write_lines(Path("in.jsonl"), traces)
    ok("run", "in.jsonl", "--revise")
    (one,) = json.loads(ok("certify", "plan", "--alpha", "0.5", "--labels", "1",
                           "--coverage", "1", "--delta", "0.6", "--json"))["planned"]  # fmt: skip
    assert 0 < one["plan"]["items"] <= 5
    assert call("certify", "draw").status == 0
    for trace in traces[1:]:
        trace["metadata"] = {"again": 2}
    write_lines(Path("in.jsonl"), traces)
    ok("run", "in.jsonl", "--revise")
    told = refused("certify", "plan", *PLAN)
    assert "clear steps are the same as in batch-" in told
    assert "not declared" in told


def test_a_source_is_no_expert() -> None:
    truth = start(project())
    ok("experts", "add", "handwritten:a", "--credential", "*")
    ok("certify", "plan", *PLAN)
    ok("certify", "draw", "--seed", "7")
    answer(truth, "handwritten:a")
    answer(truth, "bob")
    told = refused("certify", "sign")
    assert "a machine's word is no expert's" in told
    ok("experts", "revoke", "handwritten:a")
    assert "who has no credential for it or was revoked" in refused("certify", "sign")


def test_decisions_are_no_verdicts() -> None:
    start(project(4))
    assert "what triage decided and no verdict" in rejects("out.jsonl")


@pytest.mark.parametrize("options", [("--seed", "7"), ()])
def test_a_seed_by_hand_is_told(options: tuple[str, ...]) -> None:
    truth = start(project())
    ok("certify", "plan", "--alpha", "0.3", "--labels", "40", "--coverage", "0.7")
    ok("certify", "draw", *options)
    label_all(truth)
    ok("certify", "sign", "--out", "cert.json")
    exported()
    assert ("given by hand" in ok(*VERIFY)) is bool(options)
