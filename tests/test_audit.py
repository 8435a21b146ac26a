"""Accepted steps are watched by hidden audits, and go back to people when they drift."""

import json
from pathlib import Path
from typing import Any

import pytest
from certify_cases import (
    PLAN,
    Truth,
    answer,
    certified,
    exported,
    label_all,
    ok,
    planned,
    project,
    refused,
    start,
    waiting,
)


@pytest.fixture(autouse=True)
def accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Truth:
    """A store with a signed certificate, and the truth that experts tell."""
    monkeypatch.chdir(tmp_path)
    truth = start(project(errors=0.0))
    certified(truth)
    return truth


def status() -> dict[str, Any]:
    (one,) = json.loads(ok("audit", "status", "--json"))
    return dict(one)


def of_action(action: str) -> list[dict[str, Any]]:
    return [row for row in exported() if row["decision"] == action]


def flipped(truth: Truth) -> Truth:
    other = {"necessary": "incorrect", "incorrect": "necessary"}
    return {place: other[label] for place, label in truth.items()}


def test_audits_are_hidden_steps_of_the_queue_and_stay_accepted_meanwhile(accepted: Truth) -> None:
    before = {(row["trace_id"], row["step"]) for row in of_action("accept")}
    (drawn,) = json.loads(ok("audit", "draw", "--share", "0.1", "--least", "5", "--json"))
    audited = set(waiting())
    assert drawn["drawn"] == len(audited) >= 5
    assert audited < before
    rows = of_action("audit")
    assert {row["certificate"] for row in rows} == {drawn["certificate"]}
    # an export in the middle of it still verifies, and training data lose nothing
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")
    answer(accepted, "ann")
    assert not waiting()
    assert {(row["trace_id"], row["step"]) for row in of_action("accept")} == before
    found = status()
    assert (found["answered"], found["errors"], found["state"]) == (drawn["drawn"], 0, "holds")
    assert not found["blame"]


def test_an_error_is_found_by_two_people_and_corrected(accepted: Truth) -> None:
    ok("audit", "draw", "--least", "10")
    wrong = waiting()[0]
    accepted[wrong] = flipped(accepted)[wrong]
    answer(accepted, "ann")
    assert waiting() == [wrong]
    assert status()["errors"] == 0
    answer(accepted, "bob")
    (hit,) = [row for row in exported() if row["reasons"][:1] and
              row["reasons"][0]["code"] == "audit-hit"]  # fmt: skip
    assert (hit["trace_id"], hit["step"]) == wrong
    assert hit["final"]["label"] == accepted[wrong]
    assert set(hit["reasons"][0]["sources"]) == {"ann", "bob"}
    found = status()
    assert found["errors"] == 1
    assert {one["source"]: one["backed"] for one in found["blame"]} == {
        "handwritten:a": 1, "handwritten:b": 1
    }  # fmt: skip
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")


def test_drift_sends_everything_back_until_it_is_certified_again(accepted: Truth) -> None:
    ok("audit", "draw", "--least", "40")
    audited = waiting()
    machine = dict(accepted)
    for expert in ("ann", "bob"):
        answer(flipped(accepted), expert)
    found = status()
    assert found["state"] == "drift"
    assert found["level"] >= found["alarm_at"]
    assert found["errors"] == found["answered"] < len(audited)
    assert found["since"] == 1
    assert found["blame"][0]["backed"] == len(found["wrong"])
    assert not of_action("accept")
    back = [row for row in of_action("ask") if row["reasons"][0]["code"] == "drift"]
    assert back
    assert {row["certificate"] for row in back} == {None}
    told = refused("certify", "verify", "cert.json", "--export", "decisions.jsonl")
    assert "drift alarm" in told
    assert "no certificate holds" in refused("audit", "draw")
    # the way back is a new certificate; until then the steps stay with people
    (plan,) = planned(*PLAN)
    assert plan["plan"]["items"] > 0
    assert [row for row in of_action("ask") if row["reasons"][0]["code"] == "drift"]
    ok("certify", "draw", "--seed", "5")
    label_all(machine)
    ok("certify", "sign", "--out", "again.json")
    assert of_action("accept")
    ok("certify", "verify", "again.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")


def test_wrong_use_is_refused() -> None:
    assert "--share" in refused("audit", "draw", "--share", "0")
    assert "--share" in refused("audit", "draw", "--share", "nan")
