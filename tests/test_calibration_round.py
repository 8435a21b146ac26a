"""The calibration round, on both databases: nobody works in a domain without having passed it."""

from typing import Any

import pytest
from gold_cases import asking, gold_rows, is_gold, put_gold, truth_of, wrong
from server_cases import (
    Browser,
    engine,
    lite,
    lite_databases,
    new_id,
    post_databases,
    url,
)
from sqlalchemy import Engine, select

from triage.configuration.settings import Settings
from triage.queue.gold.admission import Stand, Standing, admit_by_hand, repeat_round, standings_of
from triage.queue.items import known_expert
from triage.queue.people import admit
from triage.queue.verdicts.admitting import RefusedError
from triage.queue.verdicts.answering import answer
from triage.records import Mode, Verdict
from triage.store.database import writing
from triage.store.forget import forget
from triage.store.labelling.gold import retire_gold
from triage.store.people.auditlog import acts
from triage.store.tables.gold_tables import gold, gold_tasks
from triage.store.tables.schema import verdicts

__all__ = ["engine", "lite", "lite_databases", "post_databases", "url"]


def stand(engine: Engine, settings: Settings, name: str = "ann") -> Standing:
    with engine.connect() as connection:
        (one,) = standings_of(connection, settings, known_expert(connection, name))
        return one


def in_log(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(select(verdicts.c.key)).all())


def pass_round(ann: Browser, steps: int = 4, mistakes: int = 0) -> list[dict[str, Any]]:
    """Answer a round's steps; gives the replies."""
    replies = []
    for number in range(steps):
        (item,) = ann.next()
        assert is_gold(item), item
        label = wrong(item) if number < mistakes else truth_of(item)
        replies.append(ann.answer(item, label).json())
    return replies


def test_work_comes_after_a_round_that_is_passed(engine: Engine) -> None:
    put_gold(engine, gold_rows(8))
    settings = asking(above=0.75)
    ann = Browser(engine, "ann", settings)
    assert stand(engine, settings).stand is Stand.WAITING
    items = ann.next(5)
    assert len(items) == 4
    assert all(map(is_gold, items))
    assert [item["left"] for item in items] == [8, 7, 6, 5]
    assert ann.next(5) == items
    # every label comes about as often: four steps of four labels
    assert {truth_of(item) for item in items} == {"necessary", "redundant", "incorrect",
                                                  "incomplete"}  # fmt: skip
    *before, last = pass_round(ann, mistakes=1)
    assert before == [{"stored": True, "known": False}] * 3
    assert last["notice"] == (
        "history: admitted. 3 of 4 labels agree with adjudicated ones; the same label is asked "
        "for in 75 % of the steps."
    )
    assert stand(engine, settings).stand is Stand.ADMITTED
    assert not any(map(is_gold, ann.next(4)))
    assert len(ann.next(4)) == 4
    # nothing of the round is a verdict
    assert in_log(engine) == 0
    with engine.connect() as connection:
        (ended,) = [act for act in acts(connection) if act.what == "round-ended"]
    assert (ended.who, ended.about["agree"], ended.about["state"]) == ("ann", 3, "admitted")


def test_who_fails_gets_no_work_until_the_lead_says_so(engine: Engine) -> None:
    put_gold(engine, gold_rows(8))
    settings = asking(above=0.75)
    ann = Browser(engine, "ann", settings)
    *_, last = pass_round(ann, mistakes=2)
    assert last["notice"].startswith("history: not admitted yet. 2 of 4 labels agree")
    assert ann.next(5) == []
    one = stand(engine, settings)
    assert (one.stand, one.answered, one.wanted, one.by) == (Stand.REFUSED, 4, 4, "round")
    assert one.result is not None
    assert sum(mixed["steps"] for mixed in one.result["mixed"]) == 2
    # bob has a round of his own
    assert all(map(is_gold, Browser(engine, "bob", settings).next(4)))
    with writing(engine) as connection:
        assert repeat_round(connection, settings, "lea", "ann", "history", "again") == 0
    again = ann.next(5)
    seen_before = {item["step"] for item in again}
    assert len(seen_before) == 4
    with engine.connect() as connection:
        tasks = connection.execute(select(gold_tasks.c.gold, gold_tasks.c.expert)).all()
    assert len({task for task in tasks if task.expert == "ann"}) == 8
    pass_round(ann)
    assert len(ann.next(4)) == 4
    with engine.connect() as connection:
        said = {act.what: act.who for act in acts(connection)}
    assert said["round-repeated"] == "lea"


def test_a_lead_admits_by_hand_and_that_is_noted(engine: Engine) -> None:
    put_gold(engine, gold_rows(4))
    settings = asking()
    ann = Browser(engine, "ann", settings)
    (item,) = ann.next()
    with writing(engine) as connection:
        admit_by_hand(connection, "lea", "ann", "history", "wrote the guideline")
    assert not any(map(is_gold, ann.next(5)))
    assert ann.answer(item, truth_of(item)).status_code == 409
    with engine.connect() as connection:
        (act,) = [one for one in acts(connection) if one.what == "admitted-by-hand"]
    assert (act.who, act.about["why"]) == ("lea", "wrote the guideline")
    assert stand(engine, settings).by == "lea"


def test_a_round_is_asked_for_only_where_there_is_gold_and_the_setting_says_so(
    lite: Engine,
) -> None:
    put_gold(lite, gold_rows(8, "law"))
    put_gold(lite, gold_rows(3))
    for settings in (asking(), asking(0), asking(domain_steps={"history": 0})):
        assert not any(map(is_gold, Browser(lite, "bob", settings).next(5)))
        assert stand(lite, settings, "bob").stand is Stand.OPEN
    assert len(Browser(lite, "max", asking(2, domain_steps={"law": 3})).next(5)) == 3
    # gold that is taken back opens the queue
    put_gold(lite, gold_rows(4))
    assert all(map(is_gold, Browser(lite, "ann", asking()).next()))
    with writing(lite) as connection:
        assert retire_gold(connection, "history-0", 1)
    assert not any(map(is_gold, Browser(lite, "ann", asking()).next()))


def test_who_may_judge_everything_labels_a_round_in_each_domain(lite: Engine) -> None:
    put_gold(lite, gold_rows(4) + gold_rows(4, "law"))
    with writing(lite) as connection:
        admit(connection, "test", "ann", ["*"], [])
    ann = Browser(lite, "ann", asking())
    for _ in range(8):
        (item,) = ann.next()
        assert is_gold(item)
        assert ann.answer(item, truth_of(item)).status_code == 200
    assert not any(map(is_gold, ann.next(4)))


def test_steps_that_an_expert_worked_on_are_no_gold_for_that_expert(engine: Engine) -> None:
    settings = asking(3)
    ann, bob = Browser(engine, "ann", settings), Browser(engine, "bob", settings)
    for item in ann.next(4):
        ann.answer(item, "incorrect")
    labels = [{"trace_id": f"t{number}", "step": 1, "label": "incorrect"} for number in range(4)]
    put_gold(engine, labels)
    assert stand(engine, settings).stand is Stand.SHORT
    assert ann.next() == []
    assert len(bob.next(5)) == 3
    put_gold(engine, gold_rows(3))
    assert len(ann.next(5)) == 3


def test_what_is_passed_on_is_replaced_and_counts_where_nothing_is_left(engine: Engine) -> None:
    put_gold(engine, gold_rows(5))
    settings = asking(above=0.75)
    ann = Browser(engine, "ann", settings)
    first = ann.next(5)
    assert len(first) == 4
    skip = {"token": first[0]["token"], "reason": "outside my field"}
    assert ann.post("/queue/skip", skip).json() == {"stored": True}
    assert ann.post("/queue/skip", skip).json() == {"stored": True}
    again = ann.next(5)
    assert len(again) == 4
    assert first[0]["step"] not in {item["step"] for item in again}
    skip["token"] = again[-1]["token"]
    assert ann.post("/queue/skip", skip).status_code == 200
    assert len(ann.next(5)) == 3
    *_, last = pass_round(ann, 3)
    assert "3 of 4 labels agree" in last["notice"]
    assert "1 skipped steps count as not agreeing" in last["notice"]


def test_an_answer_counts_once_and_can_be_taken_back_until_the_round_ends(engine: Engine) -> None:
    put_gold(engine, gold_rows(4))
    ann = Browser(engine, "ann", asking(above=1.0))
    (item,) = ann.next()
    identity = new_id()
    assert ann.answer(item, wrong(item), identity).json() == {"stored": True, "known": False}
    assert ann.answer(item, wrong(item), identity).json() == {"stored": True, "known": True}
    assert ann.answer(item, truth_of(item), identity).status_code == 409
    assert ann.answer(item, truth_of(item)).status_code == 409
    undone = ann.post("/queue/undo", {"answer_id": identity})
    assert undone.json()["item"]["step"] == item["step"]
    assert undone.json()["item"]["token"] != item["token"]
    assert ann.post("/queue/undo", {"answer_id": identity}).json() == undone.json()
    assert ann.answer(undone.json()["item"], truth_of(item)).status_code == 200
    given = []
    for one in ann.next(5):
        given.append(new_id())
        ended = ann.answer(one, truth_of(one), given[-1])
    assert "history: admitted. 4 of 4" in ended.json()["notice"]
    assert ann.post("/queue/undo", {"answer_id": given[-1]}).status_code == 409
    with engine.connect() as connection:
        rows = connection.execute(select(gold_tasks.c.label, gold_tasks.c.answered_at)).all()
    assert len(rows) == 4
    assert all(row.answered_at for row in rows)


@pytest.mark.parametrize("more", [{"measure": "validity"}, {"measure": "cohen", "above": 0.3}])
def test_the_house_chooses_what_is_measured(lite: Engine, more: dict[str, Any]) -> None:
    put_gold(lite, gold_rows(4))
    settings = asking(**({"above": 1.0} | more))
    ann = Browser(lite, "ann", settings)
    valid = {"necessary": "redundant", "incorrect": "incomplete"}
    for _ in range(4):
        (item,) = ann.next()
        ann.answer(item, valid.get(truth_of(item), truth_of(item)))
    # right on validity throughout, on labels in half of the cases: kappa is 1/3
    assert stand(lite, settings).stand is Stand.ADMITTED


def test_the_lower_end_may_be_asked_for(lite: Engine) -> None:
    """4 of 4 right: the exact interval begins at .025^(1/4) = .398 (Clopper and Pearson)."""
    put_gold(lite, gold_rows(4))
    strict, lenient = asking(above=0.4, lower=True), asking(above=0.39, lower=True)
    pass_round(Browser(lite, "ann", strict))
    assert stand(lite, strict).stand is Stand.REFUSED
    pass_round(Browser(lite, "bob", lenient))
    assert stand(lite, lenient, "bob").stand is Stand.ADMITTED


def test_nobody_answers_for_who_is_not_admitted_from_outside(lite: Engine) -> None:
    put_gold(lite, gold_rows(4))
    verdict = Verdict.model_validate_json(
        '{"trace_id": "t0", "step": 1, "label": "incorrect", "expert": "ann", "mode": "blind",'
        ' "at": "2026-01-01T00:00:00Z"}'
    )
    with pytest.raises(RefusedError, match="a calibration round comes first"):
        answer(lite, asking(), verdict)
    # by the default a round takes more gold than there is
    assert answer(lite, Settings(), verdict).new


def test_a_step_that_lay_there_before_the_round_is_still_taken(lite: Engine) -> None:
    ann = Browser(lite, "ann", asking())
    (item,) = ann.next()
    put_gold(lite, gold_rows(4))
    assert ann.answer(item, "incorrect").status_code == 200
    assert in_log(lite) == 1
    assert is_gold(ann.next()[0])


def test_forgetting_a_trace_takes_its_gold_along(engine: Engine) -> None:
    put_gold(engine, [{"trace_id": f"t{n}", "step": 1, "label": "correct"} for n in range(2)])
    put_gold(engine, gold_rows(4))
    forget(engine, ["t0"])
    with engine.connect() as connection:
        rows = connection.execute(select(gold.c.trace_id, gold.c.truth))
        found = {(row.trace_id, row.truth) for row in rows}
    assert ("t1", "valid") in found
    assert not any(name == "t0" for name, _ in found)


def test_gold_is_blind_and_marked_as_blind(lite: Engine) -> None:
    put_gold(lite, gold_rows(4))
    ann = Browser(lite, "ann", asking())
    (item,) = ann.next()
    body = {"answer_id": new_id(), "token": item["token"], "label": truth_of(item)}
    assert ann.post("/queue/answers", body | {"mode": "assisted"}).status_code == 200
    with lite.connect() as connection:
        modes = connection.execute(select(gold_tasks.c.mode).where(gold_tasks.c.label.is_not(None)))
        assert modes.scalar() == Mode.ASSISTED
    *_, last = pass_round(ann, 3)
    assert "3 of 4" in last["notice"]


def test_a_flag_on_gold_reaches_the_lead(engine: Engine) -> None:
    put_gold(engine, gold_rows(4))
    ann = Browser(engine, "ann", asking())
    (item,) = ann.next()
    flag = {"token": item["token"], "what": "has no right answer"}
    assert ann.post("/queue/flag", flag).json() == {"stored": True}
    assert ann.next() == [item]
    (told,) = Browser(engine, "lea").get("/queue/flags").json()["flags"]
    assert (told["expert"], told["what"], told["step"]) == ("ann", "has no right answer", 1)
    assert ann.answer(item, truth_of(item)).status_code == 200
    assert len(Browser(engine, "lea").get("/queue/flags").json()["flags"]) == 1


def test_leads_see_and_decide_over_the_api(lite: Engine) -> None:
    put_gold(lite, gold_rows(4))
    settings = asking(above=1.0)
    pass_round(Browser(lite, "ann", settings), mistakes=1)
    lead = Browser(lite, "lea", settings)
    told = lead.get("/admissions").json()
    (ann,) = [one for one in told["standings"] if one["expert"] == "ann"]
    assert (ann["stand"], ann["answered"], ann["by"]) == ("refused", 4, "round")
    assert "3 of 4 labels agree" in ann["told"][0]
    assert told["gold"] == {"history": 4}
    (reliable,) = told["reliability"]
    assert (reliable["origin"], reliable["against"]["agree"]) == ("round", 3)
    deed = {"expert": "ann", "domain": "history", "deed": "repeat", "reason": "read it"}
    assert lead.post("/admissions", deed).json() == {"seen_before": 4}
    assert lead.post("/admissions", deed | {"deed": "admit"}).json() == {"seen_before": 0}
    assert stand(lite, settings).by == "lea"
    for amiss in ({"domain": "law"}, {"expert": "nobody"}, {"reason": " "}, {"deed": "praise"}):
        assert lead.post("/admissions", deed | amiss).status_code == 422
