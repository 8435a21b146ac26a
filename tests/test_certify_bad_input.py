"""What can't be certified, or looks odd, through the terminal: refused plainly, or well defined."""

import json
from pathlib import Path

import pytest
from certify_cases import PLAN, certified, exported, ok, planned, project, start
from conftest import write_lines
from export_store import call, rows

from triage import guarantee
from triage.errors import UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_scores_that_are_no_numbers_are_rejected_by_line_and_field() -> None:
    traces, _truth = project(2)
    for trace in traces:
        trace["proposals"] = [{"source": "scorer", "step_scores": [0.9] * 5}]
    traces[1]["proposals"][0]["step_scores"][2] = float("nan")
    Path("in.jsonl").write_text("\n".join(json.dumps(one) for one in traces))
    ran = call("run", "in.jsonl", "--out", "out.jsonl")
    assert ran.status == 3
    (rejected,) = rows(next(iter(Path().glob("*reject*"))))
    assert rejected["line"] == 2
    assert len(rows("out.jsonl")) == 5


def test_steps_that_all_have_one_score_are_certified_in_a_hashed_order() -> None:
    traces, truth = project(errors=0.0)
    for trace in traces:
        for source in trace["proposals"]:
            source["confidences"] = [0.95] * 5
    start((traces, truth))
    certified(truth, *PLAN)
    found = [row for row in exported() if row["certificate"]]
    assert len({round(row["score"], 9) for row in found}) == 1
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")
    certificate = guarantee.verify(Path("cert.json").read_bytes())
    assert not certificate.errors
    assert certificate.accepted == certificate.plan.zone


def test_labels_of_one_class_teach_nothing_and_it_says_so() -> None:
    traces, _truth = project(50)
    for trace in traces:
        trace["human"] = {"step_labels": ["necessary"] * 5}
    write_lines(Path("in.jsonl"), traces)
    ok("run", "in.jsonl")
    assert "0 of the labelled steps are invalid" in ok("calibrate")


def test_declared_attempts_count_when_the_fewest_labels_are_sought() -> None:
    start(project())
    (once,) = planned("--alpha", "0.3")
    (twice,) = planned("--alpha", "0.3", "--attempts", "2")
    assert (once["plan"]["attempts"], twice["plan"]["attempts"]) == (1, 2)
    assert twice["plan"]["labels"] >= once["plan"]["labels"]
    assert twice["certified"] >= 0.95


def test_too_few_labels_say_how_many_would_do() -> None:
    risks = [0.06 * at / 2_000 for at in range(2_000)]
    enough = guarantee.choose_labels(risks, alpha=0.1, delta=0.05, at_most=600, attempts=2)
    assert enough.certified >= 0.95
    assert enough.plan.attempts == 2
    with pytest.raises(UsageError, match=r"about \d+ would") as refused:
        guarantee.choose_labels(risks, alpha=0.1, delta=0.05, at_most=70)
    told = int(str(refused.value).split("about ")[1].split()[0])
    assert guarantee.choose_plan(risks, alpha=0.1, delta=0.05, labels=told).certified >= 0.95
