"""Anchoring: adopted wrong proposals are found, and nothing else is taken for them."""

import json
from pathlib import Path

import pytest
from certify_cases import give, ok, verdict
from conftest import write_lines
from scipy.stats import binomtest

from triage.agreement import Anchoring, GoldLabel, SecondThought, anchoring
from triage.records import Label
from triage.store.database import open_store, writing
from triage.store.labelling.offers import end_offer, note_reveal, offer
from triage.store.labelling.queue import Place

TRUE, WRONG, OTHER = Label.NECESSARY, Label.INCORRECT, Label.REDUNDANT


def seen(count: int, adopted: int, expert: str = "ann") -> list[SecondThought]:
    return [
        SecondThought(expert, expert, step, TRUE, WRONG if step < adopted else TRUE, WRONG)
        for step in range(count)
    ]


def gold(thoughts: list[SecondThought]) -> list[GoldLabel]:
    return [GoldLabel(one.trace_id, one.step, TRUE) for one in thoughts]


def of(found: tuple[Anchoring, ...], name: str | None) -> Anchoring:
    return next(one for one in found if one.expert == name)


def test_it_is_an_exact_binomial_test_with_an_exact_interval() -> None:
    for count, adopted in ((30, 0), (30, 5), (30, 6), (30, 7), (30, 30), (5, 3)):
        thoughts = seen(count, adopted)
        found = of(anchoring(thoughts, gold(thoughts)), "ann")
        wanted = binomtest(adopted, count, 0.1, alternative="greater")
        assert found.anchored is bool(wanted.pvalue <= 0.05)
        interval = binomtest(adopted, count).proportion_ci(0.95, "exact")
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.power < 0.9
    assert of(anchoring(seen(30, 0), gold(seen(30, 0))), "ann").power > 0.9


def test_only_wrong_proposals_that_the_first_answer_differed_from_count() -> None:
    planted = seen(10, 4)
    right = [SecondThought("ann", "r", at, OTHER, TRUE, TRUE) for at in range(9)]
    shared = [SecondThought("ann", "s", at, WRONG, WRONG, WRONG) for at in range(9)]
    unknown = [one._replace(trace_id="u") for one in seen(9, 9)]
    elsewhere = [SecondThought("ann", "e", at, TRUE, OTHER, WRONG) for at in range(2)]
    everything = [*planted, *right, *shared, *unknown, *elsewhere]
    known = gold([*planted, *right, *shared, *elsewhere])
    found = of(anchoring(everything, known), "ann")
    assert (found.revealed, found.planted, found.adopted) == (39, 12, 4)


def test_experts_are_told_apart_and_too_few_say_nothing() -> None:
    thoughts = [*seen(20, 12, "ann"), *seen(20, 1, "bob"), *seen(1, 1, "eve")]
    found = anchoring(thoughts, gold(thoughts))
    assert [of(found, name).anchored for name in ("ann", "bob", "eve")] == [True, False, None]
    assert of(found, None).planted == 41
    assert anchoring([], [])[0].anchored is None


def test_planted_traces_show_in_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    steps = 12
    write_lines(Path("in.jsonl"), [{
        "id": "p", "domain": "prose", "problem": "q",
        "steps": [f"Point {at}." for at in range(steps)],
        "human": {"step_labels": ["necessary"] * steps},
        "proposals": [{"source": "judge:d", "step_labels": ["incorrect"] * steps,
                       "confidences": [0.6] * steps}],
    }])  # fmt: skip
    ok("run", "in.jsonl", "--out", "out.jsonl")
    decisions = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert {row["decision"] for row in decisions} == {"ask"}
    ok("experts", "add", "ann", "--credential", "prose")
    give(verdict(("p", at), "necessary", "ann") for at in range(steps))
    engine = open_store("sqlite:///triage.db")
    with writing(engine) as connection:
        for at in range(steps):
            token = offer(connection, Place(1, at), "ann")
            end_offer(connection, token, f"a{at}")
            note_reveal(connection, token)
    give(verdict(("p", at), "incorrect", "ann", mode="reveal-after") for at in range(7))
    everyone, ann = json.loads(ok("agreement", "--json"))["anchoring"]
    assert (ann["planted"], ann["adopted"], ann["anchored"]) == (12, 7, True)
    assert everyone["expert"] is None
    assert "anchored" in ok("agreement")
