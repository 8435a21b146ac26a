"""The desk's API on both databases: what is laid before whom, and what becomes of answers."""

from typing import Any

import pytest
from server_cases import (
    Browser,
    engine,
    kind,
    lite,
    lite_databases,
    new_id,
    post_databases,
    put_in,
    said,
    trace,
    url,
)
from sqlalchemy import Engine, text

from triage.configuration.settings import DeskSettings, Settings
from triage.records import Mode
from triage.store.database import writing
from triage.store.forget import forget
from triage.store.labelling.offers import all_flags

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]

REVEALING = Settings(desk=DeskSettings(reveal=True))


def end_leases(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE leases SET until = 1"))


def test_the_next_steps_stay_the_same_until_they_are_answered(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    first, second = ann.next(2)
    assert ann.next(2) == [first, second]
    assert ann.next(1) == [first]
    assert (first["left"], second["left"]) == (4, 3)
    assert (first["position"], first["of"], first["step_index"]) == (2, 3, 1)
    assert ann.answer(first, "incorrect").json() == {"stored": True, "known": False}
    third, fourth = ann.next(2)
    assert third["token"] == second["token"]
    assert fourth["step"] not in (first["step"], second["step"])


def test_a_step_lies_before_one_expert_only(engine: Engine) -> None:
    ann, bob = Browser(engine, "ann"), Browser(engine, "bob")
    hers, his = ann.next(3), bob.next(3)
    assert len({one["step"] for one in hers + his}) == 4
    assert Browser(engine, "max").next(5) == []


def test_an_answer_sent_again_counts_once(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    identity = new_id()
    assert ann.answer(item, "incorrect", identity).json() == {"stored": True, "known": False}
    assert ann.answer(item, "incorrect", identity).json() == {"stored": True, "known": True}
    assert kind(ann.answer(item, "redundant", identity)) == (409, "not-possible")
    body = {"answer_id": identity, "token": item["token"], "label": "incorrect"}
    inherits = ann.post("/queue/answers", body | {"inherits_error": True})
    assert kind(inherits) == (409, "not-possible")
    assert kind(ann.answer(item, "incorrect")) == (409, "lease-lost")
    (verdict,) = said(engine)
    assert (verdict.expert, verdict.label, verdict.mode) == ("ann", "incorrect", Mode.BLIND)
    bob = Browser(engine, "bob")
    (other,) = bob.next()
    assert kind(bob.answer(other, "incorrect", identity)) == (409, "not-possible")


def test_everything_an_answer_holds_is_stored(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    more = {
        "inherits_error": True, "seconds": 3.5, "note": "so", "correction": "better",
        "mode": "assisted",
    }  # fmt: skip
    body = {"answer_id": new_id(), "token": item["token"], "label": "incomplete"}
    assert ann.post("/queue/answers", body | more).status_code == 200
    (verdict,) = said(engine)
    assert verdict.model_dump(include=set(more), mode="json") == more


def test_a_late_answer_counts_unless_another_got_the_step(engine: Engine) -> None:
    ann, bob = Browser(engine, "ann"), Browser(engine, "bob")
    first, second = ann.next(2)
    end_leases(engine)
    assert ann.answer(first, "necessary").status_code == 200
    (his,) = bob.next()
    assert his["step"] == second["step"]
    assert kind(ann.answer(second, "necessary")) == (409, "lease-lost")
    assert bob.answer(his, "incorrect").status_code == 200
    assert kind(ann.answer(second, "necessary")) == (409, "lease-lost")
    assert sorted(one.expert for one in said(engine)) == ["ann", "bob"]


def test_nobody_answers_under_anothers_token(engine: Engine) -> None:
    (item,) = Browser(engine, "ann").next()
    bob = Browser(engine, "bob")
    assert kind(bob.answer(item, "necessary")) == (409, "lease-lost")
    body = {"token": item["token"], "reason": "x"}
    assert kind(bob.post("/queue/skip", body)) == (409, "lease-lost")
    body = {"token": item["token"], "what": "x"}
    assert kind(bob.post("/queue/flag", body)) == (409, "lease-lost")
    assert said(engine) == []


def test_an_answer_taken_back_does_not_count_and_its_step_returns(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    identity = new_id()
    ann.answer(item, "incorrect", identity)
    undone = ann.post("/queue/undo", {"answer_id": identity}).json()
    assert undone["item"]["step"] == item["step"]
    assert undone["item"]["token"] != item["token"]
    assert ann.post("/queue/undo", {"answer_id": identity}).json() == undone
    assert said(engine) == []
    assert ann.answer(undone["item"], "necessary").status_code == 200
    assert [one.label for one in said(engine)] == ["necessary"]
    bob = Browser(engine, "bob")
    assert kind(bob.post("/queue/undo", {"answer_id": identity})) == (409, "lease-lost")


def test_only_the_last_three_answers_can_be_taken_back(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    given = []
    for _ in range(4):
        (item,) = ann.next()
        given.append(new_id())
        ann.answer(item, "necessary", given[-1])
    assert kind(ann.post("/queue/undo", {"answer_id": given[0]})) == (409, "not-possible")
    for identity in reversed(given[1:]):
        assert ann.post("/queue/undo", {"answer_id": identity}).status_code == 200


def test_a_skipped_step_goes_to_others(engine: Engine) -> None:
    ann, bob = Browser(engine, "ann"), Browser(engine, "bob")
    (item,) = ann.next()
    body = {"token": item["token"], "reason": "outside my field"}
    for _ in range(2):
        assert ann.post("/queue/skip", body).json() == {"stored": True}
    assert item["step"] not in {one["step"] for one in ann.next(5)}
    assert [one["step"] for one in bob.next(5)] == [item["step"]]
    blank = {"token": item["token"], "reason": "  "}
    assert kind(ann.post("/queue/skip", blank)) == (422, "invalid-request")


def test_a_skip_can_be_taken_back_unless_another_has_the_step(engine: Engine) -> None:
    ann, bob = Browser(engine, "ann"), Browser(engine, "bob")
    (item,) = ann.next()
    skip, undo = {"token": item["token"], "reason": "not mine"}, {"token": item["token"]}
    assert kind(ann.post("/queue/undo", undo | {"token": "n0t-a-token"})) == (409, "lease-lost")
    for _ in range(2):
        assert ann.post("/queue/skip", skip).status_code == 200
        for _ in range(2):
            assert ann.post("/queue/undo", undo).json() == {"undone": True, "item": item}
        assert ann.next() == [item]
    assert kind(bob.post("/queue/undo", undo)) == (409, "lease-lost")
    ann.post("/queue/skip", skip)
    his = bob.next(5)
    assert item["step"] in {one["step"] for one in his}
    assert ann.post("/queue/undo", undo).json() == {"undone": True, "item": None}
    assert ann.next() == []
    ann.post("/queue/skip", skip)
    same = next(one for one in his if one["step"] == item["step"])
    assert bob.answer(same, "necessary").status_code == 200
    assert ann.post("/queue/undo", undo).json() == {"undone": True, "item": None}
    assert [(one.expert, one.step) for one in said(engine)] == [("bob", item["step_index"])]


def test_what_to_take_back_is_named_by_one_of_two(lite: Engine) -> None:
    ann = Browser(lite, "ann")
    for body in ({}, {"token": "x", "answer_id": new_id()}):
        assert kind(ann.post("/queue/undo", body)) == (422, "invalid-request")
    (item,) = ann.next()
    assert ann.post("/queue/undo", {"token": item["token"]}).json()["item"] == item
    ann.answer(item, "necessary")
    assert kind(ann.post("/queue/undo", {"token": item["token"]})) == (409, "lease-lost")


def test_a_flagged_problem_is_told_and_its_step_still_answered(engine: Engine) -> None:
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    for what in ("no table", "the table is missing"):
        assert ann.post("/queue/flag", {"token": item["token"], "what": what}).status_code == 200
    assert ann.answer(item, "incomplete").status_code == 200
    (flag,) = Browser(engine, "lea").get("/queue/flags").json()["flags"]
    assert (flag["expert"], flag["what"], flag["step"]) == ("ann", "the table is missing", 1)


def test_a_trace_that_changed_or_went_takes_no_answers(engine: Engine, url: str) -> None:
    ann = Browser(engine, "ann")
    first, second = sorted(ann.next(2), key=lambda item: str(item["step"]))
    put_in(url, trace("t0", steps=["Another.", "Wording.", "Now."]), revise=True)
    assert kind(ann.answer(first, "necessary")) == (409, "lease-lost")
    ann.post("/queue/flag", {"token": second["token"], "what": "x"})
    forget(engine, ["t1"])
    assert kind(ann.answer(second, "necessary")) == (409, "lease-lost")
    assert said(engine) == []
    with engine.connect() as connection:
        assert all_flags(connection, 9) == []
        assert connection.execute(text("SELECT count(*) FROM offers")).scalar() == 1


def test_proposals_are_shown_after_the_answer_and_only_where_the_house_says_so(
    engine: Engine,
) -> None:
    ann = Browser(engine, "ann")
    (item,) = ann.next()
    identity = new_id()
    ann.answer(item, "necessary", identity)
    assert kind(ann.get(f"/queue/reveal?answer_id={identity}")) == (403, "reveal-off")
    ann = Browser(engine, "ann", REVEALING)
    assert kind(ann.get("/queue/reveal?answer_id=not-my-own")) == (409, "lease-lost")
    shown = ann.get(f"/queue/reveal?answer_id={identity}").json()["proposals"]
    assert [(one["source"], one["label"]) for one in shown] == [
        ("judge-a", "necessary"),
        ("judge-b", "incorrect"),
    ]
    assert all("MACHINEOPINION" in one["evidence"]["rationale"] for one in shown)
    bob = Browser(engine, "bob", REVEALING)
    assert kind(bob.get(f"/queue/reveal?answer_id={identity}")) == (409, "lease-lost")


def test_an_amendment_stands_beside_the_blind_answer(engine: Engine) -> None:
    ann = Browser(engine, "ann", REVEALING)
    (item,) = ann.next()
    blind, after = new_id(), new_id()
    ann.answer(item, "necessary", blind)
    body = {"answer_id": after, "amends": blind, "label": "incorrect", "reason": "it is right"}
    assert kind(ann.post("/queue/amend", body)) == (409, "not-possible")
    ann.get(f"/queue/reveal?answer_id={blind}")
    assert ann.post("/queue/amend", body).json() == {"stored": True, "known": False}
    assert ann.post("/queue/amend", body).json() == {"stored": True, "known": True}
    assert kind(ann.post("/queue/amend", body | {"label": "redundant"})) == (409, "not-possible")
    assert [(one.label, one.mode) for one in said(engine)] == [
        ("necessary", Mode.BLIND),
        ("incorrect", Mode.REVEAL_AFTER),
    ]
    assert kind(ann.post("/queue/undo", {"answer_id": blind})) == (409, "not-possible")


def test_after_a_reveal_no_answer_on_the_step_is_blind_again(engine: Engine) -> None:
    ann = Browser(engine, "ann", REVEALING)
    (item,) = ann.next()
    identity = new_id()
    ann.answer(item, "necessary", identity)
    ann.get(f"/queue/reveal?answer_id={identity}")
    again = ann.post("/queue/undo", {"answer_id": identity}).json()["item"]
    assert kind(ann.get(f"/queue/reveal?answer_id={identity}")) == (409, "not-possible")
    body = {"answer_id": new_id(), "token": again["token"], "label": "incorrect", "mode": "blind"}
    assert ann.post("/queue/answers", body).status_code == 200
    assert [one.mode for one in said(engine)] == [Mode.ASSISTED]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": "wrong"}, "label"),
        ({"answer_id": "short"}, "answer_id"),
        ({"answer_id": "withdraws other answer"}, "answer_id"),
        ({"seconds": -1}, "seconds"),
        ({"mode": "reveal-after"}, "mode"),
        ({"expert": "bob"}, "expert"),
        ({"note": "x" * 20_001}, "note"),
    ],
)
def test_an_answer_that_is_amiss_is_refused_with_its_field(
    lite: Engine, change: dict[str, Any], field: str
) -> None:
    ann = Browser(lite, "ann")
    (item,) = ann.next()
    body = {"answer_id": new_id(), "token": item["token"], "label": "necessary"} | change
    reply = ann.post("/queue/answers", body)
    assert kind(reply) == (422, "invalid-request")
    assert [one["field"] for one in reply.json()["errors"]] == [field]
    assert said(lite) == []
