"""`triage report` on the project's own examples with scripted verdicts, from the command line."""

import shutil
from collections import Counter
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from conftest import read_lines
from queue_cases import call, copied, here, verdict
from report_cases import Page, examples_stored, figures, give, page

__all__ = ["here"]

WORDS = ("necessary", "redundant", "incorrect", "incomplete")


def script(decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ann decides most asked steps, Bob some of them too and now and then otherwise."""
    said = []
    for number, row in enumerate(row for row in decisions if row["decision"] == "ask"):
        if number % 4 == 3:
            continue
        label = WORDS[number % 4] if number % 5 == 0 else row["label"] or "incorrect"
        seconds = 20 + number % 60
        said.append(verdict(row["trace_id"], row["step"], label, "ann", seconds=seconds))
        if number % 6 == 0:
            other = label if number % 12 else "incomplete"
            said.append(verdict(row["trace_id"], row["step"], other, "bob", seconds=40))
    return said


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the examples with verdicts on the asked steps."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        examples_stored()
        give(script(read_lines(Path("out.jsonl"))))
        assert call("export", "decisions", "--out", "decided.jsonl").status == 0
        (folder / "in.jsonl").touch()
    return folder


@pytest.fixture(scope="module")
def report(home: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        return figures()


@pytest.fixture
def told(home: Path, here: Path) -> list[dict[str, Any]]:
    """The decisions, with the store in the working folder."""
    copied(home)
    shutil.copy(home / "verdicts.jsonl", here)
    return read_lines(home / "decided.jsonl")


def place(row: dict[str, Any]) -> str:
    if row["final"] is not None:
        return "people"
    if row["decision"] == "ask":
        return "asked"
    return "behind" if row["reasons"] else "clear"


def test_every_step_is_counted_in_one_place(told: list[dict[str, Any]], report: Any) -> None:
    everything, *domains = report["flows"]
    expected = Counter(map(place, told))
    assert {name: n for name, n in everything["places"].items() if n} == expected
    assert everything["steps"] == len(told) == sum(one["steps"] for one in domains)
    for one in domains:
        assert sum(one["places"].values()) == one["steps"]


def test_reasons_say_how_often_people_differ(told: list[dict[str, Any]], report: Any) -> None:
    found = {one["code"]: one for one in report["reasons"]}
    codes = Counter(code for row in told for code in {r["code"] for r in row["reasons"]})
    assert {code: one["steps"] for code, one in found.items()} == codes
    for code, one in found.items():
        decided = [
            row for row in told
            if row["final"] and code in {reason["code"] for reason in row["reasons"]}
        ]  # fmt: skip
        known = [row for row in decided if row["validity"]]
        wrong = [row for row in known if row["label"] and row["label"] != row["final"]["label"]]
        share = one["machine_wrong"]
        assert one["decided"] == len(decided)
        assert share["of"] == len(known)
        assert share["count"] >= len(wrong)
        if known:
            assert share["low"] <= share["share"] <= share["high"]
        else:
            assert share["share"] is None


def test_time_is_measured_and_held_against_everything(told: list[dict[str, Any]]) -> None:
    effort = figures("--hourly-rate", "100")["effort"]
    seconds = [one["seconds"] for one in read_lines(Path("verdicts.jsonl"))]
    pace = effort["seconds_per_verdict"]
    assert not effort["assumed"]
    assert pace["n"] == effort["verdicts"] == len(seconds)
    assert pace["value"] == pytest.approx(mean(seconds))
    assert pace["low"] < pace["value"] < pace["high"]
    assert effort["spent_hours"]["value"] == pytest.approx(sum(seconds) / 3600)
    assert effort["everything_hours"]["value"] == pytest.approx(len(told) * mean(seconds) / 3600)
    waiting = sum(place(row) == "asked" for row in told)
    assert effort["open_steps"] == waiting
    whole = len(told) * mean(seconds) / 36
    assert f"{whole:,.0f} USD" in page("--hourly-rate", "100").words


def test_an_assumed_pace_goes_before_the_measured_one(told: list[dict[str, Any]]) -> None:
    effort = figures("--seconds", "30")["effort"]
    assert effort["assumed"]
    assert effort["everything_hours"] == {
        "value": pytest.approx(len(told) / 120), "low": None, "high": None, "n": 0,
    }  # fmt: skip
    assert "Assumed: 30 seconds a verdict" in page("--seconds", "30").words


def test_labels_of_people_and_of_the_input_are_kept_apart(
    told: list[dict[str, Any]], report: Any
) -> None:
    qualities = {one["population"]: one for one in report["qualities"]}
    assert set(qualities) == {"asked", "input"}
    asked = qualities["asked"]
    finals = [row for row in told if row["final"]]
    assert asked["steps"] == len(finals)
    confusion = Counter(
        (row["label"] or row["validity"] or "no opinion", row["final"]["label"]) for row in finals
    )
    assert {
        (word, truth): n for word, row in asked["confusion"].items() for truth, n in row.items()
    } == confusion
    for one in qualities.values():
        known = one["wrong"]["of"]
        assert one["steps"] == known + one["silent"]
        assert sum(b["steps"] for b in one["bins"]) == known
        last = one["curve"][-1]
        assert last["coverage"] == 1
        assert last["risk"] == one["wrong"]
        for measure in ("ece", "brier", "aurc"):
            assert 0 <= one[measure]["low"] <= one[measure]["value"] <= one[measure]["high"] <= 1


def test_the_risk_coverage_curve_is_that_of_the_decisions(
    told: list[dict[str, Any]], report: Any
) -> None:
    (asked,) = [one for one in report["qualities"] if one["population"] == "asked"]
    finals = [row for row in told if row["final"] and row["validity"]]
    assert asked["curve"][-1]["risk"]["of"] == len(finals) > 1
    for point in asked["curve"]:
        size = point["risk"]["of"]
        safest = sorted(finals, key=lambda row: row["score"])[:size]
        wrong = sum(
            row["label"] != row["final"]["label"] for row in safest if row["label"] is not None
        )
        unnamed = [row for row in safest if row["label"] is None]
        assert wrong <= point["risk"]["count"] <= wrong + len(unnamed)
        assert point["coverage"] == pytest.approx(size / len(finals))


def test_the_report_agrees_with_the_other_commands(told: list[dict[str, Any]], report: Any) -> None:
    agreement = call("agreement", "--json").json
    assert report["agreement"]["blind"] == agreement["blind"]
    panel = report["panel"]["panel"]
    assert len(panel["judges"]) > 1
    assert report["panel"]["effective"]["value"] == panel["effective"]
    shown = page()
    for judge in panel["judges"]:
        right = report["panel"]["accuracy"][judge["judge"]]
        assert right["of"] == judge["steps"]
        assert right["share"] == pytest.approx(judge["accuracy"])
        assert judge["judge"] in shown.words


def test_the_page_says_what_is_missing_and_quotes_no_trace(told: list[dict[str, Any]]) -> None:
    shown = page()
    assert "No certificate was planned" in shown.words
    assert "No accepted step was audited" in shown.words
    # and no text of any trace is on the page
    assert not [row["text"] for row in told if len(row["text"]) > 20 and row["text"] in shown.text]


def test_reporting_changes_nothing_and_repeats_itself(
    told: list[dict[str, Any]], report: Any
) -> None:
    assert figures() | {"made_at": ""} == report | {"made_at": ""}
    assert call("export", "decisions", "--out", "again.jsonl").status == 0
    assert read_lines(Path("again.jsonl")) == told


def test_the_page_has_a_name_of_its_own_and_json_alone_writes_none(
    told: list[dict[str, Any]], here: Path
) -> None:
    figures("--seconds", "1")
    assert not (here / "report.html").exists()
    assert call("report").status == 0
    Page((here / "report.html").read_text(encoding="utf-8"))
