"""Disputes over the API, on both databases: two experts differ, and somebody else ends it."""

from typing import Any

from server_cases import (
    Browser,
    engine,
    kind,
    lite_databases,
    new_id,
    post_databases,
    said,
    url,
)
from sqlalchemy import Engine, text

from triage.queue.people import admit
from triage.records import DecidedBy
from triage.store.database import writing

__all__ = ["engine", "lite_databases", "post_databases", "url"]


def split(engine: Engine) -> dict[str, Any]:
    """Let two experts differ on a step; gives what the second one saw."""
    ann, bob = Browser(engine, "ann"), Browser(engine, "bob")
    (item,) = ann.next()
    ann.answer(item, "necessary")
    with writing(engine) as connection:
        # a certificate's sample asks for a second label in this way
        connection.execute(
            text("UPDATE steps SET settled = :no WHERE settled = :yes"), {"no": False, "yes": True}
        )
    same = next(one for one in bob.next(5) if one["step"] == item["step"])
    assert bob.answer(same, "incorrect").status_code == 200
    return item


def test_a_split_is_resolved_once_by_somebody_else(engine: Engine) -> None:
    item = split(engine)
    eve = Browser(engine, "eve")
    (dispute,) = eve.get("/queue/disputes").json()["items"]
    assert dispute["step"] == item["step"]
    assert sorted(one["label"] for one in dispute["verdicts"]) == ["incorrect", "necessary"]
    assert "ann" not in str(dispute)
    assert "bob" not in str(dispute)
    assert len(dispute["proposals"]) == 2
    body = {
        "answer_id": new_id(), "trace_id": dispute["trace_id"],
        "step_index": dispute["step_index"], "label": "incorrect", "reason": "it is strict",
    }  # fmt: skip
    assert eve.post("/queue/resolutions", body).json() == {"stored": True, "known": False}
    assert eve.post("/queue/resolutions", body).json() == {"stored": True, "known": True}
    again = body | {"answer_id": new_id()}
    assert kind(eve.post("/queue/resolutions", again)) == (409, "refused")
    assert eve.get("/queue/disputes").json()["items"] == []
    last = said(engine)[-1]
    assert (last.by, last.label, last.note) == (DecidedBy.ADJUDICATOR, "incorrect", "it is strict")


def test_who_is_to_end_a_split_is_not_asked_to_label_it(engine: Engine) -> None:
    item = split(engine)
    eve = Browser(engine, "eve")
    (dispute,) = eve.get("/queue/disputes").json()["items"]
    assert dispute["step"] == item["step"]
    assert item["step"] not in {one["step"] for one in eve.next(5)}
    with writing(engine) as connection:
        admit(connection, "test", "eve", ["history"], [])
    # whoever adjudicates no more is an expert like the others
    assert item["step"] in {one["step"] for one in eve.next(5)}


def test_what_was_resolved_can_not_be_taken_back(engine: Engine) -> None:
    item = split(engine)
    eve = Browser(engine, "eve")
    (dispute,) = eve.get("/queue/disputes").json()["items"]
    body = {
        "answer_id": new_id(), "trace_id": dispute["trace_id"],
        "step_index": dispute["step_index"], "label": "incorrect", "reason": "so",
    }  # fmt: skip
    eve.post("/queue/resolutions", body)
    with engine.connect() as connection:
        query = text("SELECT answer_id FROM verdicts WHERE expert = 'ann'")
        identity = connection.execute(query).scalar()
    undone = Browser(engine, "ann").post("/queue/undo", {"answer_id": identity})
    assert kind(undone) == (409, "not-possible")
    assert item["step"] not in {one["step"] for one in Browser(engine, "ann").next(5)}
