"""A promise on steps to come: who is covered, who is not, and what anyone can check of it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from certify_cases import Truth, answer, label_all, ok, planned, project, refused, start, waiting
from conftest import write_lines
from export_store import call, rows

from triage import guarantee

STREAM = ("--stream", "--alpha", "0.15", "--labels", "60")
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def streaming(truth: Truth) -> guarantee.StreamCertificate:
    """Plan, draw, label and sign a streaming certificate."""
    ok("certify", "plan", *STREAM)
    ok("certify", "draw", "--seed", "7")
    label_all(truth)
    ok("certify", "sign", "--out", "stream.json")
    return guarantee.verify_stream(Path("stream.json").read_bytes())


def exported() -> Rows:
    ok("export", "decisions", "--out", "decisions.jsonl")
    ok("export", "verdicts", "--out", "log.jsonl")
    return rows("decisions.jsonl")


VERIFY = ("certify", "verify", "stream.json", "--export", "decisions.jsonl",
          "--verdicts", "log.jsonl")  # fmt: skip


def arrive(traces: Rows, *, name: str = "late") -> Rows:
    """Take in more traces; gives their decisions."""
    write_lines(Path(f"{name}.jsonl"), traces)
    ok("run", f"{name}.jsonl", "--out", f"{name}-out.jsonl")
    return rows(f"{name}-out.jsonl")


def test_coming_steps_within_the_threshold_are_accepted_and_it_is_marked(folder: Path) -> None:
    truth = start(project())
    certificate = streaming(truth)
    assert certificate.kind == "prospective"
    assert "exchangeability" in certificate.claim
    late, later_truth = project(30, name="late", seed=8)
    found = arrive(late)
    accepted = [row for row in found if row["decision"] == "accept"]
    assert {row["certificate"] for row in accepted} == {f"stream-{certificate.digest[:16]}"}
    assert certificate.threshold is not None
    assert all(row["score"] <= certificate.threshold for row in accepted)
    clear = [row for row in found if row["decision"] == "hold"]
    assert all(row["score"] > certificate.threshold for row in clear)
    wrong = [later_truth[row["trace_id"], row["step"]] != row["label"] for row in accepted]
    assert len(wrong) > 50
    assert sum(wrong) <= 0.15 * len(wrong)
    exported()
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for file in ("stream.json", "decisions.jsonl", "log.jsonl"):
        shutil.copy(file, elsewhere)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(elsewhere)
        said = ok(*VERIFY)
    assert said.count("ok: ") == 4
    assert "Streaming" in said


def versioned(traces: Rows, change: Callable[[dict[str, Any]], object]) -> Rows:
    for trace in traces:
        change(trace)
    return traces


def rename(trace: dict[str, Any]) -> None:
    trace["proposals"][1]["source"] = "handwritten:c"


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "another judge": rename,
    "one judge less": lambda trace: trace["proposals"].pop(),
    "another domain": lambda trace: trace.update(domain="verse"),
}


def test_what_others_judged_is_not_covered() -> None:
    streaming(start(project()))
    late: Rows = []
    for at, change in enumerate(CHANGES.values()):
        late += versioned(project(15, name=f"late{at}-", seed=8)[0], change)
    found = arrive(late)
    for at in range(len(CHANGES)):
        of_change = [row for row in found if row["trace_id"].startswith(f"late{at}-")]
        assert any(row["decision"] == "hold" for row in of_change)
    assert not any(row["certificate"] for row in found)


def test_another_plugin_version_and_other_settings_are_not_covered() -> None:
    streaming(start(project(domains=("math",))))
    for at, settings in enumerate(("[route]\nclear_risk = 0.19\n", "[plugin.math]\nx = 1\n")):
        Path("triage.toml").write_text(settings)
        late, _ = project(15, name=f"late{at}-", seed=8, domains=("math",))
        found = arrive(late)
        assert any(row["decision"] == "hold" for row in found)
        assert not any(row["certificate"] for row in found)


def test_another_ranker_is_not_covered() -> None:
    pytest.importorskip("sklearn")
    traces, truth = project()
    streaming(start((traces, truth)))
    labelled, told = project(60, name="old", seed=9)
    for trace in labelled:
        words = [told[trace["id"], step] for step in range(len(trace["steps"]))]
        trace["human"] = {"step_labels": words}
    arrive(labelled, name="old")
    assert "logistic" in ok("calibrate", "--json")
    late, _ = project(30, name="late", seed=8)
    rows = arrive(late)
    assert any(row["decision"] == "hold" for row in rows)
    assert not any(row["certificate"] for row in rows)


def test_a_batch_certificate_takes_over_what_the_stream_accepted() -> None:
    traces, truth = project()
    streaming(start((traces, truth)))
    late, later = project(40, name="late", seed=8)
    arrive(late)
    (plan,) = planned("--alpha", "0.25", "--labels", "40", "--coverage", "0.7")
    held = [row for row in exported() if row["decision"] in ("hold", "accept")]
    assert not any(row["certificate"] for row in held if row["final"] is None)
    assert plan["plan"]["items"] == sum(row["final"] is None for row in held)
    ok("certify", "draw", "--seed", "7")
    label_all(truth | later)
    ok("certify", "sign", "--out", "cert.json")
    named = {row["certificate"] for row in exported() if row["trace_id"].startswith("late")}
    assert {name.split("-")[0] for name in named if name} == {"cert"}
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")
    ok(*VERIFY)


def test_hidden_audits_send_everything_back_and_nothing_more_is_accepted() -> None:
    traces, truth = project()
    streaming(start((traces, truth)))
    late, later = project(40, name="late", seed=8)
    arrive(late)
    ok("audit", "draw", "--share", "0.01", "--least", "25")
    flip = {"necessary": "incorrect", "incorrect": "necessary"}
    sample = waiting()
    machine = {(row["trace_id"], row["step"]): row["label"] for row in exported()}
    for expert in ("ann", "bob"):
        answer(truth | later, expert, [p for p in sample if p in waiting()],
               lambda place: flip[machine[place]])  # fmt: skip
    (status,) = json.loads(ok("audit", "status", "--json"))
    assert status["state"] == "drift"
    assert not any(row["decision"] == "accept" for row in exported())
    again, _ = project(20, name="again", seed=11)
    assert not any(row["certificate"] for row in arrive(again, name="again"))


def test_what_streaming_cannot_do_is_refused() -> None:
    traces, truth = project()
    start((traces, truth))
    assert "--attempts" in refused("certify", "plan", *STREAM, "--attempts", "2")
    assert "--coverage" in refused("certify", "plan", *STREAM, "--coverage", "0.5")
    assert "total" in refused("certify", "plan", *STREAM, "--target", "total")
    assert "19 would do" in refused("certify", "plan", "--stream", "--alpha", "0.15",
                                    "--labels", "10")  # fmt: skip
    assert "too few" in refused("certify", "plan", "--stream", "--alpha", "0.001")
    Path("triage.toml").write_text("[plugin.math]\nx = 1\n")
    mixed, _ = project(10, name="mixed", domains=("math",))
    arrive(mixed, name="mixed")
    Path("triage.toml").write_text("[plugin.math]\nx = 2\n")
    more, _ = project(10, name="more", domains=("math",))
    arrive(more, name="more")
    assert "plugin:math spoke in several versions" in refused("certify", "plan", *STREAM)


def test_what_does_not_pass_says_how_many_labels_would_do() -> None:
    traces, truth = project()
    start((traces, truth))
    ok("certify", "plan", *STREAM)
    ok("certify", "draw", "--seed", "7")
    flip = {"necessary": "incorrect", "incorrect": "necessary"}
    drawn = waiting()
    some = {place: flip[truth[place]] if at < 8 else truth[place] for at, place in enumerate(drawn)}
    label_all(truth | some)
    ran = call("certify", "sign", "--out", "stream.json")
    assert ran.status == 3
    assert "errors in 60 blind labels" in ran.err
    assert "labels" in ran.err.split(":", 1)[1]


EDITS: dict[str, Callable[[Rows], object]] = {
    "a step above the threshold": lambda found: next(
        row for row in found if row["certificate"] is None and row["score"] > 0.1
    ).update(certificate=next(r["certificate"] for r in found if r["certificate"])),
    "a covered step on hold": lambda found: next(
        row for row in found if row["certificate"] and not row["final"]
    ).update(decision="hold"),
    "a labelled step left out": lambda found: found.remove(
        next(row for row in found if row["final"])
    ),
    "the label of a labelled step": lambda found: next(
        row for row in found if row["final"] and row["certificate"]
    ).update(label="redundant"),
}


def test_an_edited_export_is_refused() -> None:
    streaming(start(project()))
    for edit in EDITS.values():
        found = exported()
        edit(found)
        write_lines(Path("decisions.jsonl"), found)
        refused(*VERIFY)


def test_an_edited_certificate_is_refused() -> None:
    streaming(start(project()))
    found = json.loads(Path("stream.json").read_text())
    edits: dict[str, Any] = {
        "threshold": 0.5,
        "tests": [[60, 0]],
        "alpha": 0.01,
        "bindings": found["bindings"] | {"ranker": "another"},
        "digest": "0" * 64,
        "kind": "batch",
    }
    for field, value in edits.items():
        Path("stream.json").write_text(json.dumps(found | {field: value}))
        refused("certify", "verify", "stream.json")
