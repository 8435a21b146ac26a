"""`/api/v1/queue`, as the desk uses it: the next steps, answers, undo, skip and flag.

Every step goes through the same code and comes in the same form, whatever it is asked for.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from triage.queue.answers import Answered
from triage.queue.desk import flag_problem, pass_on, take_answer, take_back, take_up
from triage.queue.laying import lay_next
from triage.server.accounts.signin import Person, require
from triage.server.http.forms import (
    AnswerSent,
    FlagSent,
    NextItems,
    Noted,
    OnceRoute,
    SkipSent,
    Stored,
    Undone,
    UndoSent,
    item_of,
)
from triage.server.http.house import House, InHouse
from triage.server.http.problems import said
from triage.store.people.accounts import Role
from triage.store.people.auditlog import note_act
from triage.store.people.experts import Expert

router = APIRouter(prefix="/api/v1/queue", route_class=OnceRoute, tags=["desk"])

Judge = Annotated[Person, Depends(require(Role.EXPERT))]
Count = Annotated[int, Query(ge=1, le=5, description="how many steps to lay before you")]


@router.get("/next", response_model=NextItems, responses=said(401, 403, 422, 429))
def next_items(place: InHouse, judge: Judge, count: Count = 1) -> Response:
    """Lay the next steps before the expert, for half an hour; asked again, the same ones."""
    return _reply(offered_to(place, judge, count))


def offered_to(place: House, judge: Person, count: int) -> NextItems:
    """The next steps of an expert, laid there."""
    left = place.waiting.of(judge.name)
    adjudicates = Role.ADJUDICATOR in judge.roles
    guess = Expert(judge.name, judge.credentials, 0.0, None, adjudicates=adjudicates)
    with place.writing() as connection:
        offered = lay_next(connection, place.settings, judge.name, count, left, guess)
    if offered and left is None:
        place.waiting.counted(judge.name, offered[0].item.left)
    return NextItems(items=[item_of(one) for one in offered])


@router.post("/answers", response_model=Stored, responses=said(401, 403, 409, 422, 429))
def answer(place: InHouse, judge: Judge, given: AnswerSent) -> Response:
    """Store an answer. Once this returns it is stored; sent again, it counts once.

    After the expert has seen what the machine says of the step, an answer is `assisted`.
    """
    with place.writing() as connection:
        done = take_answer(connection, place.settings, judge.name, Answered(**given.model_dump()))
    if done.notice:
        place.waiting.forget(judge.name)
    elif not done.known:
        place.waiting.answered(judge.name)
    place.meters.answers.labels(str(done.known).lower()).inc()
    return _reply(Stored(known=done.known, notice=done.notice), without_null=True)


@router.post("/undo", responses=said(401, 403, 409, 422, 429))
def undo(place: InHouse, judge: Judge, given: UndoSent) -> Undone:
    """Take back one of the last three answers, or a skip.

    An answer that is taken back stays in the log and does not count.
    """
    with place.writing() as connection:
        if given.answer_id is not None:
            offered = take_back(connection, place.settings, judge.name, given.answer_id)
            about = {"answer_id": given.answer_id}
            note_act(connection, judge.name, "answer-taken-back", about)
        else:
            offered = take_up(connection, judge.name, given.token or "")
    place.waiting.forget(judge.name)
    return Undone(item=None if offered is None else item_of(offered))


@router.post("/skip", responses=said(401, 403, 409, 422, 429), response_model_exclude_none=True)
def skip(place: InHouse, judge: Judge, given: SkipSent) -> Noted:
    """Leave a step to others."""
    with place.writing() as connection:
        notice = pass_on(connection, place.settings, judge.name, given.token, given.reason)
    place.waiting.forget(judge.name)
    return Noted(notice=notice)


@router.post("/flag", responses=said(401, 403, 409, 422, 429), response_model_exclude_none=True)
def flag(place: InHouse, judge: Judge, given: FlagSent) -> Noted:
    """Tell the lead that the problem itself is amiss; the step is still to be answered."""
    with place.writing() as connection:
        flag_problem(connection, judge.name, given.token, given.what)
    return Noted()


def _reply(told: BaseModel, *, without_null: bool = False) -> Response:
    """A reply as it is: what the framework does to others takes longer than to make this one."""
    text = told.model_dump_json(exclude_none=without_null)
    return Response(text, media_type="application/json")
