"""The loop from the terminal: plan, draw, label, sign, accept, export, verify."""

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from certify_cases import (
    PLAN,
    Truth,
    answer,
    certified,
    exported,
    give,
    label_all,
    ok,
    planned,
    project,
    refused,
    start,
    verdict,
    waiting,
)
from conftest import write_lines
from export_store import call, rows

from triage import guarantee


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def actions() -> Counter[str]:
    ok("export", "decisions", "--out", "now.jsonl")
    return Counter(row["decision"] for row in rows("now.jsonl"))


def test_the_loop_accepts_up_to_the_cut_and_verifies_on_a_machine_without_a_store(
    folder: Path,
) -> None:
    truth = start(project())
    held = actions()["hold"]
    (plan,) = planned(*PLAN)
    assert plan["plan"]["items"] == held
    assert plan["minutes"] > 0
    assert actions()["hold"] == held
    ok("certify", "draw", "--seed", "7")
    assert actions()["audit"] == plan["plan"]["labels"]
    label_all(truth)
    out = ok("certify", "sign", "--out", "cert.json")
    certificate = guarantee.verify(Path("cert.json").read_bytes())
    assert certificate.claim in out
    decisions = exported()
    accepted = [row for row in decisions if row["decision"] == "accept"]
    assert len(accepted) == certificate.accepted
    (name,) = {row["certificate"] for row in accepted}
    assert name in Path("cert.json").name or name == f"cert-{certificate.digest[:16]}"
    # what was found wrong is corrected, and what is left wrong is no more than was promised
    settled = [
        (row["final"] or row)["label"] == truth[row["trace_id"], row["step"]] for row in accepted
    ]
    assert settled.count(False) <= certificate.wrong_at_most
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for file in ("cert.json", "decisions.jsonl", "log.jsonl"):
        shutil.copy(file, elsewhere)
    for store in folder.glob("triage.db*"):
        store.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        said = ok("certify", "verify", "cert.json", "--export", "decisions.jsonl",
                  "--verdicts", "log.jsonl")  # fmt: skip
        assert said.count("ok: ") == 4
        assert {one.name for one in elsewhere.iterdir()} == {
            "cert.json", "decisions.jsonl", "log.jsonl"
        }  # fmt: skip


def test_beyond_the_cut_people_are_asked_and_the_certificate_still_verifies() -> None:
    truth = start(project())
    certified(truth)
    certificate = guarantee.verify(Path("cert.json").read_bytes())
    assert 0 < certificate.accepted < certificate.plan.items
    assert certificate.errors
    decisions = exported()
    beyond = [
        row for row in decisions if row["reasons"] and row["reasons"][0]["code"] == "low-score"
        and "beyond the cut" in row["reasons"][0]["detail"]
    ]  # fmt: skip
    assert len(beyond) == certificate.plan.items - certificate.accepted
    assert {row["decision"] for row in beyond} == {"ask"}
    # people may go on with those; the certificate covers what it covered
    answer(truth, "ann", waiting("ask")[:20])
    exported()
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")


def test_the_sample_cannot_be_told_from_asked_steps(folder: Path) -> None:
    truth = start(project())
    asked = set(waiting("ask"))
    ok("certify", "plan", *PLAN)
    before = json.loads(ok("queue", "next", "--expert", "ann", "--json"))
    ok("certify", "draw")
    sample = set(waiting())
    listed = json.loads(ok("queue", "list", "--json", "--limit", "1000"))
    priorities = {(one["trace_id"], one["step"]): one["priority"] for one in listed}
    known = [priorities[place] for place in asked if place in priorities]
    for place in sample & priorities.keys():  # the clock moves them by less than a thousandth
        assert any(priorities[place] == pytest.approx(one, rel=1e-3) for one in known)
    seen = []
    for _ in range(12):
        item = json.loads(ok("queue", "next", "--expert", "bob", "--json"))
        assert item.keys() == before.keys()
        place = item["trace_id"], item["step"]
        seen.append(place in sample)
        give([verdict(place, truth[place], "bob")])
    assert any(seen)
    assert asked & set(waiting("ask")) or not all(seen)


def test_strata_get_promises_of_their_own() -> None:
    truth = start(project(150, domains=("prose", "verse"), errors=0.0))
    plans = planned("--alpha", "0.15", "--labels", "90", "--coverage", "0.7",
                    "--strata", "domain", "--over", "all")  # fmt: skip
    assert {one["plan"]["stratum"] for one in plans} == {"prose", "verse"}
    assert {one["plan"]["delta"] for one in plans} == {0.025}
    ok("certify", "draw", plans[0]["id"])
    assert "is planned" in refused("certify", "sign", plans[1]["id"])
    ok("certify", "draw")
    label_all(truth)
    assert "several batches" in refused("certify", "sign", "--out", "cert.json")
    signed = json.loads(ok("certify", "sign", "--out", "certificates", "--json"))
    exported()
    for one in signed:
        said = ok("certify", "verify", one["file"], "--export", "decisions.jsonl",
                  "--verdicts", "log.jsonl")  # fmt: skip
        assert "name other certificates" in said
    bindings = signed[0]["certificate"]["bindings"]
    assert bindings["delta_holds_for"] == "all of 2 strata"


def scores_only(truth_of: tuple[list[dict[str, Any]], Truth]) -> tuple[list[dict[str, Any]], Truth]:
    traces, truth = truth_of
    for one in traces:
        first = one["proposals"][0]
        valid = [word == "necessary" for word in first["step_labels"]]
        sure = zip(valid, first["confidences"], strict=True)
        scores = [c if good else 1 - c for good, c in sure]
        one["proposals"] = [{"source": "scorer", "step_scores": scores}]
    return traces, truth


def test_validity_alone_can_be_promised_and_then_no_label_is() -> None:
    truth = start(scores_only(project()))
    assert "--claim validity" in refused("certify", "plan", "--alpha", "0.1")
    certified(truth, "--claim", "validity")
    decisions = exported()
    accepted = [row for row in decisions if row["decision"] == "accept"]
    assert accepted
    assert {row["label"] for row in accepted} == {None}
    assert {row["validity"] for row in accepted} == {"valid", "invalid"}
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")


def test_an_export_for_training_tells_what_is_promised_of_whose_label() -> None:
    truth = start(project())
    signed = json.loads(certified(truth).read_text(encoding="utf-8"))
    promised = signed["share_wrong_at_most"]
    rows = [json.loads(line) for line in ok("export", "trl").splitlines()]
    told = [
        (by, name, share)
        for row in rows
        for by, name, share in zip(
            row["by"], row["certificates"], row["wrong_at_most"], strict=True
        )
    ]
    machine = {(name, share) for by, name, share in told if by == "machine"}
    (name,) = {row["certificate"] for row in exported() if row["certificate"]}
    assert machine == {(name, promised)}
    assert {share for by, _, share in told if by != "machine"} == {None}
    rated = [json.loads(line)["label"]["triage"] for line in ok("export", "prm800k").splitlines()]
    shares = {share for row in rated for share in row["wrong_at_most"]}
    assert shares == {None, promised}


def test_a_total_promise_needs_no_coverage() -> None:
    truth = start(project())
    ok("certify", "plan", "--alpha", "0.1", "--labels", "60", "--target", "total")
    ok("certify", "draw", "--seed", "7")
    label_all(truth)
    ok("certify", "sign", "--out", "cert.json")
    certificate = guarantee.verify(Path("cert.json").read_bytes())
    assert certificate.plan.target == "total"


def test_without_labels_the_fewest_that_do_are_planned() -> None:
    start(project())
    (plan,) = planned("--alpha", "0.3")
    assert 0 < plan["plan"]["labels"] < plan["plan"]["items"]
    assert plan["certified"] >= 0.95


def test_a_plan_trusts_what_labels_of_before_say_of_the_risks() -> None:
    # the cold start never calls a risk small; labels show that it is
    write_lines(Path("in.jsonl"), project(240, errors=0.004)[0])
    ok("run", "in.jsonl")
    options = ("certify", "plan", "--alpha", "0.028", "--labels", "300")
    assert "triage calibrate" in refused(*options)
    labelled, told = project(120, errors=0.01, name="old", seed=9)
    for trace in labelled:
        trace["human"] = {"step_labels": [told[trace["id"], step] for step in range(5)]}
    write_lines(Path("old.jsonl"), labelled)
    ok("run", "old.jsonl")
    ok("calibrate")
    ok(*options)


def test_a_later_run_changes_nothing_that_is_covered_and_covers_nothing_new() -> None:
    traces, truth = project()
    start((traces, truth))
    certified(truth)
    before = {(r["trace_id"], r["step"]): r for r in exported() if r["certificate"]}
    more, _ = project(5, name="late")
    write_lines(Path("more.jsonl"), traces + more)
    # a setting of a plugin is part of what its answers depend on, and the risk limit is moved
    ok("run", "more.jsonl")
    with Path("triage.toml").open("w") as file:
        file.write("[route]\nclear_risk = 0.01\n[plugin.math]\nx = 1\n")
    ok("run", "more.jsonl")
    after = {(r["trace_id"], r["step"]): r for r in exported()}
    for place, row in before.items():
        for field in ("label", "validity", "score", "decision", "certificate", "final"):
            assert after[place][field] == row[field]
    late = [row for place, row in after.items() if place[0].startswith("late")]
    assert late
    assert not any(row["certificate"] for row in late)
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")


def test_what_cannot_be_certified_says_what_would_do_and_goes_to_people() -> None:
    start(project())
    ok("certify", "plan", *PLAN)
    ok("certify", "draw")
    flip = {"necessary": "incorrect", "incorrect": "necessary"}
    machine = {(r["trace_id"], r["step"]): flip[r["label"]] for r in rows("out.jsonl")}
    for expert in ("ann", "bob"):
        answer(machine, expert)
    ran = call("certify", "sign")
    assert ran.status == 3
    assert "40 errors in 40 blind labels" in ran.err
    assert "larger alpha" in ran.err
    assert set(actions()) == {"ask"}
    assert "no attempt left" in refused("certify", "draw")
    assert "no clear step" in refused("certify", "plan", "--alpha", "0.1", "--labels", "60")


def test_a_declared_second_attempt_may_follow_and_no_third() -> None:
    truth = start(project())
    ok("certify", "plan", *PLAN, "--attempts", "2")
    ok("certify", "draw", "--seed", "1")
    assert "once only" in refused("certify", "draw")
    flip = {"necessary": "incorrect", "incorrect": "necessary"}
    wrong = {(r["trace_id"], r["step"]): flip[r["label"]] for r in rows("out.jsonl")}
    for expert in ("ann", "bob"):
        answer(wrong, expert)
    ran = call("certify", "sign")
    assert ran.status == 3
    assert "another declared attempt" in ran.err
    assert actions()["hold"] > 0
    ok("certify", "draw", "--seed", "2")
    answer(truth, "ann")
    answer(truth, "bob")
    ran = call("certify", "sign")
    assert ran.status in (0, 3)
    assert "can't be drawn" in refused("certify", "draw")
