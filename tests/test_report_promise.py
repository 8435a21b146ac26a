"""The report on certificates and audits, and the intervals that no formula gives."""

import json
import random
from pathlib import Path

import pytest
from certify_cases import answer, certified, ok, project, start, waiting
from queue_cases import here
from report_cases import figures, page

from triage.report.tallies.jackknife import GROUPS, estimate

__all__ = ["here"]


def test_certificates_and_audits_are_told_with_their_numbers(here: Path) -> None:
    truth = start(project(60))
    certificate = json.loads(certified(truth).read_text(encoding="utf-8"))
    ok("audit", "draw", "--least", "12")
    audits = waiting("audit")
    flip = {"necessary": "incorrect", "incorrect": "necessary"}
    answer(truth, "eve", audits[:6])
    answer({place: flip[label] for place, label in truth.items()}, "eve", audits[6:8])
    found = figures()
    (one,) = found["certificates"]
    assert one["state"] == "signed"
    assert one["labels"] == one["labelled"] == certificate["plan"]["labels"]
    assert one["errors"] == len(certificate["errors"])
    assert one["accepted"] == certificate["accepted"]
    assert one["wrong_at_most"] == certificate["share_wrong_at_most"]
    places = found["flows"][0]["places"]
    assert places["sample"] >= len(audits) - 8
    (audit,) = found["audits"]
    assert audit["drawn"] == len(audits)
    assert audit["answered"] == audit["wrong"]["of"] == len(audit["trail"]) <= 8
    assert audit["wrong"]["count"] == (audit["trail"] or [0])[-1]
    # a label that differs needs another before it counts: nobody shall think the rest is all right
    assert audit["undone"] == 8 - audit["answered"] > 0
    (watched,) = json.loads(ok("audit", "status", "--json"))
    assert watched["undone"] == audit["undone"]
    assert not audit["alarm"]
    blind = next(one for one in found["qualities"] if one["population"] == "blind")
    assert blind["steps"] >= certificate["plan"]["labels"]
    shown = page()
    assert one["name"] in shown.words
    assert "No alarm." in shown.words
    assert f"({audit['undone']} more wait for a second label" in shown.words
    assert f"at most {certificate['wrong_at_most']} are wrong" in shown.words


def test_judges_of_clear_steps_alone_are_not_called_copies_of_each_other(here: Path) -> None:
    # clear steps are those on which judges agree: that their errors coincide there tells nothing
    traces, truth = project(60)
    for trace in traces:
        one, other = trace["proposals"]
        other["step_labels"] = one["step_labels"]
    truth = start((traces, truth))
    certified(truth)
    panel = figures()["panel"]
    assert panel["alike"]
    assert panel["effective"]["value"] is None
    assert [judge["advice"] for judge in panel["panel"]["judges"]] == [None, None]
    shown = page()
    assert "The judges say the same on every labelled step" in shown.words
    assert "leave it out" not in shown.words


def test_the_jackknife_covers_a_mean_as_often_as_it_says() -> None:
    rng = random.Random(5)
    covered = 0
    for _ in range(400):
        levels = [rng.gauss(3, 1) for _ in range(GROUPS)]
        values = [[rng.gauss(level, 1) for _ in range(6)] for level in levels]

        def mean(without: int | None, values: list[list[float]] = values) -> float:
            kept = [v for group, held in enumerate(values) if group != without for v in held]
            return sum(kept) / len(kept)

        found = estimate(mean, range(GROUPS), n=6 * GROUPS, low=-99.0)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 3 <= found.high
    assert 0.92 <= covered / 400 <= 0.98


@pytest.mark.parametrize(
    ("parts", "groups"),
    [([1.0, 2.0], 2), ([1.0, None, 2.0], 3), ([1.0, 1.0, 1.0], 3)],
    ids=["few", "undefined", "no spread"],
)
def test_an_interval_that_data_cannot_give_is_none(parts: list[float | None], groups: int) -> None:
    found = estimate(lambda at: 1.5 if at is None else parts[at], range(groups), n=9)
    assert (found.value, found.low, found.high, found.n) == (1.5, None, None, 9)


def test_no_value_has_no_interval() -> None:
    assert estimate(lambda _: None, range(GROUPS), n=0).value is None
