"""Gold hidden among the work: it marks the expert, decides nothing, and looks like the work."""

from collections.abc import Sequence
from typing import Any

import pytest
from gold_cases import LABELS, asking, gold_rows, is_gold, put_gold, truth_of
from queue_cases import call
from server_cases import (
    Browser,
    engine,
    lite,
    lite_databases,
    new_id,
    post_databases,
    put_in,
    trace,
    url,
)
from sqlalchemy import Engine, select

from triage.configuration.settings import DeskSettings, Settings
from triage.queue.gold.admission import admit_by_hand
from triage.queue.gold.reliability import reliability
from triage.store.database import writing
from triage.store.tables.schema import steps, verdicts

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]

HIDING = asking(hidden_share=1.0)


def admitted(engine: Engine, *names: str) -> None:
    with writing(engine) as connection:
        for name in names:
            admit_by_hand(connection, "lea", name, "history", "known")


def in_log(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        keys: Sequence[str] = connection.execute(select(verdicts.c.expert)).scalars().all()
        return list(keys)


def test_hidden_gold_marks_the_expert_and_decides_nothing(engine: Engine) -> None:
    put_gold(engine, gold_rows(6))
    admitted(engine, "ann")
    ann = Browser(engine, "ann", HIDING)
    seen: list[dict[str, Any]] = []
    while items := ann.next():
        (item,) = items
        assert ann.next() == items
        seen.append(item)
        right = truth_of(item) if is_gold(item) else "incorrect"
        label = "redundant" if len(seen) == 2 else right
        assert ann.answer(item, label).json() == {"stored": True, "known": False}
    gold = [item for item in seen if is_gold(item)]
    assert len(gold) == 4  # one for each step of work, none twice
    assert len({item["step"] for item in seen}) == len(seen) == 8
    # never more than one at a time
    assert [is_gold(item) for item in seen] == [False, True] * 4
    assert in_log(engine) == ["ann"] * 4
    with engine.connect() as connection:
        (found,) = reliability(connection)
        asked = connection.execute(select(steps.c.settled)).scalars().all()
    assert (found.expert, found.domain, found.origin) == ("ann", "history", "hidden")
    assert (found.against.steps, found.against.agree) == (4, 3 + (truth_of(gold[0]) == "redundant"))
    assert sum(asked) == 4


def test_what_lies_there_stays_first_when_gold_comes_in(lite: Engine) -> None:
    put_gold(lite, gold_rows(6))
    admitted(lite, "ann")
    ann = Browser(lite, "ann", HIDING)
    two = ann.next(2)
    five = ann.next(5)
    assert [one["token"] for one in five[:2]] == [one["token"] for one in two]
    assert sum(map(is_gold, five)) == 1
    assert ann.next(5) == five


def test_none_is_hidden_where_the_share_is_nought(lite: Engine) -> None:
    put_gold(lite, gold_rows(6))
    admitted(lite, "ann")
    ann = Browser(lite, "ann", asking())
    assert not any(map(is_gold, ann.next(5)))


def test_the_share_is_about_what_was_chosen(lite: Engine) -> None:
    put_in("sqlite:///triage.db", *(trace(f"more{n}") for n in range(96)))
    put_gold(lite, gold_rows(60))
    admitted(lite, "ann")
    ann = Browser(lite, "ann", asking(hidden_share=0.25))
    seen = []
    while items := ann.next():
        seen += items
        body = {"token": items[0]["token"], "reason": "x"}
        assert ann.post("/queue/skip", body).status_code == 200
    # 100 steps of work, each of which may bring gold along: 25, give or take four deviations
    assert 8 <= sum(map(is_gold, seen)) <= 42


def test_gold_held_and_asked_steps_look_alike(engine: Engine, url: str) -> None:
    """The same words as work, in a round, and hidden: nothing in a reply tells them apart."""
    same = {"problem": "The same problem?", "steps": ["First.", "Second, incorrect.", "Third."]}
    put_in(url, trace("work", domain="law", **same))
    rows = [
        {"id": f"g{n}", "domain": "law", "human": {"step_labels": [None, LABELS[n % 4], None]}}
        | same
        for n in range(5)
    ]
    put_gold(engine, rows)
    replies: dict[str, list[Any]] = {}
    for kind, settings in (("round", asking()), ("work", HIDING), ("hidden", HIDING)):
        if kind == "work":
            with writing(engine) as connection:
                admit_by_hand(connection, "lea", "max", "law", "known")
        max_ = Browser(engine, "max", settings)
        reply = max_.get("/queue/next?count=1")
        (item,) = reply.json()["items"]
        identity = new_id()
        flagged = max_.post("/queue/flag", {"token": item["token"], "what": "x"})
        done = [max_.answer(item, "redundant", identity) for _ in range(2)]
        told = [(one.status_code, sorted(one.headers.items()), len(one.content))
                for one in (flagged, *done)]  # fmt: skip
        blank = item | {"token": len(item["token"]), "left": 0}
        replies[kind] = [blank, sorted(reply.headers), told]
    assert replies["work"] == replies["round"] == replies["hidden"]


def test_a_reveal_changes_nothing_of_what_counts(engine: Engine) -> None:
    put_gold(engine, gold_rows(6))
    admitted(engine, "ann")
    settings = Settings(desk=DeskSettings(reveal=True), admission=HIDING.admission)
    ann = Browser(engine, "ann", settings)
    ann.answer(ann.next()[0], "incorrect")
    (item,) = ann.next()
    assert is_gold(item)
    identity, again = new_id(), new_id()
    ann.answer(item, truth_of(item), identity)
    shown = ann.get(f"/queue/reveal?answer_id={identity}")
    assert shown.json() == {"answer_id": identity, "proposals": []}
    on_page = ann.client.get(f"/desk/reveal?answer_id={identity}").json()
    assert on_page == {"step": f"<p>{item['step']}</p>\n", "proposals": []}
    amendment = {"answer_id": again, "amends": identity, "label": "incomplete", "reason": "hm"}
    assert ann.post("/queue/amend", amendment).json() == {"stored": True, "known": False}
    assert ann.post("/queue/amend", amendment).json() == {"stored": True, "known": True}
    ann.post("/queue/undo", {"answer_id": identity})
    (item,) = [one for one in ann.next(5) if one["step"] == item["step"]]
    assert ann.answer(item, "incomplete").status_code == 200
    with engine.connect() as connection:
        (found,) = [one for one in reliability(connection) if one.expert == "ann"]
    # the blind answer is what counts
    assert (found.against.steps, found.against.agree) == (1, 1)
    assert in_log(engine) == ["ann"]


def test_the_last_three_answers_are_counted_over_work_and_gold(engine: Engine) -> None:
    put_gold(engine, gold_rows(6))
    admitted(engine, "ann")
    ann = Browser(engine, "ann", HIDING)
    given = []
    for _ in range(4):
        (item,) = ann.next()
        given.append(new_id())
        ann.answer(item, "necessary", given[-1])
    assert ann.post("/queue/undo", {"answer_id": given[0]}).status_code == 409
    for identity in reversed(given[1:]):
        assert ann.post("/queue/undo", {"answer_id": identity}).status_code == 200
    assert in_log(engine).count("ann") == 3  # two answers and the withdrawal of one


def test_agreement_tells_of_gold(lite: Engine) -> None:
    put_gold(lite, gold_rows(4))
    ann = Browser(lite, "ann", asking())
    for _ in range(4):
        (item,) = ann.next()
        ann.answer(item, truth_of(item))
    said = call("agreement", "--json", "--resamples", "50").json
    (one,) = said["gold"]
    assert (one["expert"], one["origin"], one["against"]["agree"]) == ("ann", "round", 4)
    assert one["against"]["percent"]["low"] == pytest.approx(0.3976, abs=1e-4)
    assert said["blind"]["verdicts"] == 0
    shown = call("agreement", "--resamples", "50")
    assert "gold steps laid before experts" in shown.out
    assert "1.00 [0.40, 1.00]" in shown.out
