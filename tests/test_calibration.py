"""Displayed probabilities, their measures, and `triage calibrate` from the front door."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Ran, Triage, read_lines, write_lines
from hypothesis import given
from hypothesis import strategies as st

from triage.calibration import (
    Isotonic,
    Platt,
    area_under_risk_coverage,
    calibration_report,
    fit_curve,
)
from triage.deciding.case import Case
from triage.deciding.decide import Learnt, decide
from triage.records import Findings, Label, Proposal, Trace


def overconfident(count: int, seed: int = 0) -> tuple[list[float], list[bool]]:
    """Predictions whose log-odds are twice too large."""
    random = np.random.default_rng(seed)
    honest = random.normal(1.0, 1.0, count)
    right = random.random(count) < 1 / (1 + np.exp(-honest))
    return (1 / (1 + np.exp(-2 * honest))).tolist(), [bool(one) for one in right]


@pytest.mark.parametrize(("count", "kind"), [(999, Platt), (1000, Isotonic)])
def test_the_curve_grows_with_the_labels_and_mends_overconfidence(count: int, kind: type) -> None:
    curve = fit_curve(*overconfident(count))
    assert isinstance(curve, kind)
    assert curve is not None
    predicted, right = overconfident(5000, seed=1)
    before = calibration_report(predicted, right)
    after = calibration_report([curve.display(p) for p in predicted], right)
    assert (after.ece or 1) < 0.4 * (before.ece or 0)
    assert (after.brier or 1) < (before.brier or 0)


@given(st.sampled_from([60, 1500]), st.integers(0, 5), st.lists(st.floats(0, 1), min_size=2))
def test_a_curve_rises_and_gives_probabilities(count: int, seed: int, asked: list[float]) -> None:
    curve = fit_curve(*overconfident(count, seed))
    assert curve is not None
    shown = [curve.display(p) for p in sorted(asked)]
    assert all(0 <= one <= 1 for one in shown)
    assert all(a <= b + 1e-12 for a, b in pairwise(shown))


@pytest.mark.parametrize(
    ("predicted", "right"),
    [
        ([], []),
        ([0.5] * 49, [True, False] * 24 + [True]),
        ([0.5] * 100, [True] * 100),
        ([math.nan] * 100, [True, False] * 50),
        ([0.9] * 50 + [0.1] * 50, [False] * 50 + [True] * 50),
    ],
    ids=["nothing", "few", "one class", "nan", "backwards"],
)
def test_no_curve_from_labels_that_tell_none(predicted: list[float], right: list[bool]) -> None:
    assert fit_curve(predicted, right) is None


def test_measures_by_hand() -> None:
    report = calibration_report([0.95, 0.95, 0.95, 0.15], [True, True, False, False])
    assert report.ece == pytest.approx((3 * abs(0.95 - 2 / 3) + 0.15) / 4)
    assert report.brier == pytest.approx((2 * 0.05**2 + 0.95**2 + 0.15**2) / 4)
    # coverages 1/4, 2/4, 3/4: a third wrong in each, as ties share it; all: half
    assert report.aurc == pytest.approx((1 / 3 * 3 + 1 / 2) / 4)
    assert [b.steps for b in report.bins] == [0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert report.curve[-1].coverage == 1
    assert report.curve[-1].risk == 0.5
    nothing = calibration_report([], [])
    assert (nothing.steps, nothing.ece, nothing.aurc) == (0, None, None)


def test_the_area_is_that_of_any_order_where_all_scores_tie() -> None:
    wrong = np.array([0.0, 1.0, 0.0, 1.0])
    assert area_under_risk_coverage(np.zeros(4), wrong) == pytest.approx(0.5)
    assert area_under_risk_coverage(wrong, wrong) == pytest.approx((1 / 3 + 1 / 2) / 4)


def traces(count: int, *, labels: bool = True) -> list[dict[str, Any]]:
    random = np.random.default_rng(6)
    rows = []
    for number in range(count):
        bad = random.random(5) < 0.2
        truth = ["incorrect" if one else "necessary" for one in bad]
        good = [w if random.random() < 0.95 else "incorrect" for w in truth]
        guess = ["incorrect" if random.random() < 0.4 else "necessary" for _ in truth]
        rows.append(
            {"id": f"t{number}", "domain": "made", "problem": f"p{number}",
             "steps": [f"s{i}" for i in range(5)],
             "proposals": [{"source": "good", "step_labels": good},
                           {"source": "guess", "step_labels": guess}]}
            | ({"human": {"step_labels": truth}} if labels else {})
        )  # fmt: skip
    return rows


def run_again(triage: Triage) -> tuple[Ran, list[dict[str, Any]]]:
    ran = triage("run", "in.jsonl", "--out", "out.jsonl")
    assert ran.status == 0, ran.err
    return ran, read_lines(Path("out.jsonl"))


def test_labels_train_a_model_that_the_next_run_uses(triage: Triage) -> None:
    pytest.importorskip("sklearn")
    write_lines(Path("in.jsonl"), traces(120))
    _, before = run_again(triage)
    fitted = triage("calibrate", "--json")
    assert fitted.status == 0, fitted.err
    model = fitted.json["fitted"]["model"]
    assert model["labels"] == 600
    assert "logistic" in model["why"]
    assert len(model["version"]) == 64
    assert fitted.json["panel"]["effective"] is not None
    _, after = run_again(triage)
    # two judges that differ are a tie to the cold start; labels tell which one to believe
    assert {row["step"] for row in before} == {row["step"] for row in after}
    truth = {(r["id"], s): w for r in traces(120) for s, w in enumerate(r["human"]["step_labels"])}

    def right(rows: list[dict[str, Any]]) -> float:
        return float(np.mean([row["label"] == truth[row["trace_id"], row["step"]] for row in rows]))

    assert right(after) > right(before) + 0.05
    again = triage("calibrate", "--json").json["fitted"]["model"]
    assert again["version"] == model["version"]
    shown = triage("calibrate")
    assert shown.status == 0, shown.err
    assert "adds" in shown.out


def test_without_labels_it_says_what_is_used_and_why(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), traces(4, labels=False))
    _, before = run_again(triage)
    fitted = triage("calibrate")
    assert fitted.status == 0, fitted.err
    assert "0 labelled steps, a ranker needs 200" in fitted.out
    assert run_again(triage)[1] == before


def test_displayed_probabilities_change_what_is_read_and_nothing_that_is_decided(
    triage: Triage,
) -> None:
    # labels enough for a curve and too few for a ranker; the judges are sure, and often wrong
    sure = traces(38)
    for at, row in enumerate(sure):
        for source in row["proposals"]:
            source["confidences"] = [0.9 + 0.002 * ((at + step) % 40) for step in range(5)]
    write_lines(Path("in.jsonl"), sure)
    _, before = run_again(triage)
    fitted = triage("calibrate", "--json").json["fitted"]
    assert fitted["model"]["labels"] == 190
    assert fitted["after"]["ece"] < fitted["before"]["ece"]
    _, after = run_again(triage)
    shown = [[row.pop("confidence") for row in rows] for rows in (before, after)]
    assert before == after
    assert {row["decision"] for row in after} == {"ask", "hold"}
    assert sum(abs(old - new) > 0.02 for old, new in zip(*shown, strict=True)) > 100


CURVES = st.one_of(
    st.builds(Platt, slope=st.floats(0.01, 20), bias=st.floats(-10, 10)),
    st.lists(st.floats(0, 1), min_size=2, max_size=5).map(
        lambda heights: Isotonic(
            predicted=tuple(np.linspace(0, 1, len(heights)).tolist()),
            displayed=tuple(sorted(heights)),
        )
    ),
)


@given(CURVES, st.lists(st.floats(0.5, 1), min_size=5, max_size=5))
def test_no_curve_is_a_gate(curve: Platt | Isotonic, sure: list[float]) -> None:
    (row,) = traces(1, labels=False)
    for source in row["proposals"]:
        source["confidences"] = sure
    trace = Trace.model_validate(
        row
        | {
            "steps": [{"index": at, "text": text} for at, text in enumerate(row["steps"])],
            "group": "g",
            "proposals": [],
        }
    )
    said = tuple(
        Proposal(
            step=at, source=source["source"], label=Label(word), validity=Label(word).validity,
            confidence=sure[at],
        )
        for source in row["proposals"]
        for at, word in enumerate(source["step_labels"])
    )  # fmt: skip
    case = Case.of(trace, Findings(proposals=said))
    plain = decide(case, [], 0.2)
    shown = decide(case, [], 0.2, Learnt(None, curve))
    assert [one.model_copy(update={"confidence": None}) for one in shown] == [
        one.model_copy(update={"confidence": None}) for one in plain
    ]


def test_traces_of_one_problem_are_compared_in_a_run(triage: Triage) -> None:
    said = [{"source": name, "step_labels": ["necessary"] * 2, "confidences": [0.95] * 2}
            for name in ("a", "b")]  # fmt: skip
    row = {"problem": "How many?", "domain": "made", "steps": ["Count.", "Done."],
           "proposals": said}  # fmt: skip
    rows = [row | {"id": f"t{n}", "final_answer": answer} for n, answer in
            enumerate(["12", "12.0", "13"])]  # fmt: skip
    write_lines(Path("in.jsonl"), rows)
    _, out = run_again(triage)
    asked = {(r["trace_id"], r["step"]): r["reasons"] for r in out if r["decision"] == "ask"}
    assert {key: [reason["code"] for reason in why] for key, why in asked.items()} == {
        (f"t{n}", 1): ["alternatives-conflict"] for n in range(3)
    }
    assert asked["t0", 1][0]["sources"] == ["t2"]


def test_an_earlier_trace_is_asked_when_another_answer_comes_with_a_later_run(
    triage: Triage,
) -> None:
    said = [{"source": name, "step_labels": ["necessary"] * 2, "confidences": [0.95] * 2}
            for name in ("a", "b")]  # fmt: skip
    row = {"problem": "How many?", "domain": "made", "steps": ["Count.", "Done."],
           "proposals": said}  # fmt: skip
    write_lines(Path("in.jsonl"), [row | {"id": "early", "final_answer": "12"}])
    _, before = run_again(triage)
    assert {one["decision"] for one in before} == {"hold"}
    write_lines(Path("late.jsonl"), [row | {"id": "late", "final_answer": "13"}])
    assert triage("run", "late.jsonl").status == 0
    assert triage("export", "decisions", "--out", "now.jsonl").status == 0
    now = read_lines(Path("now.jsonl"))
    asked = {(one["trace_id"], one["step"]): one["reasons"][0] for one in now
             if one["decision"] == "ask"}  # fmt: skip
    assert asked.keys() == {("early", 1), ("late", 1)}
    assert asked["early", 1]["code"] == "alternatives-conflict"
    assert asked["early", 1]["sources"] == ["late"]
