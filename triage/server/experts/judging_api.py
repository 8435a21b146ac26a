"""`/api/v1/queue` after the answer: reveal and amendment, disputes and their resolution."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from triage.queue.answers import TakenError
from triage.queue.verdicts.answering import Desk, resolve_within
from triage.queue.verdicts.disputes import disputes_for
from triage.queue.verdicts.revealing import Amendment, amend, reveal
from triage.records import DecidedBy, Mode, Verdict
from triage.server.accounts.signin import Person, require
from triage.server.experts.judging_forms import (
    AmendSent,
    Disputes,
    ResolutionSent,
    Revealed,
    dispute_shown,
    proposal_shown,
)
from triage.server.experts.queue_api import Judge
from triage.server.http.forms import AnswerId, OnceRoute, Stored
from triage.server.http.house import InHouse
from triage.server.http.problems import Problem, said
from triage.store.labelling.verdicts import find_answer
from triage.store.people.accounts import Role
from triage.store.people.auditlog import note_act

router = APIRouter(prefix="/api/v1/queue", route_class=OnceRoute, tags=["desk"])

Adjudicator = Annotated[Person, Depends(require(Role.ADJUDICATOR))]
Limit = Annotated[int, Query(ge=1, le=50)]


@router.get("/reveal", responses=said(401, 403, 409, 422, 429))
def show_proposals(
    place: InHouse, judge: Judge, answer_id: Annotated[AnswerId, Query()]
) -> Revealed:
    """Show what the machine says of a step that the expert has answered.

    Where `desk.reveal` is off nothing is ever shown. What was shown is noted: no later answer of
    this expert on the step counts as blind.
    """
    if not place.settings.desk.reveal:
        raise Problem(
            403, "reveal-off", "this desk shows no proposals: see the setting desk.reveal"
        )
    with place.writing() as connection:
        proposals = reveal(connection, place.settings, judge.name, answer_id)
        note_act(connection, judge.name, "revealed", {"answer_id": answer_id})
    return Revealed(answer_id=answer_id, proposals=[proposal_shown(one) for one in proposals])


@router.post("/amend", responses=said(401, 403, 409, 422, 429), response_model_exclude_none=True)
def amend_answer(place: InHouse, judge: Judge, given: AmendSent) -> Stored:
    """Store a second thought after a reveal; the blind answer stays beside it."""
    with place.writing() as connection:
        amendment = Amendment(**given.model_dump())
        return Stored(known=amend(connection, place.settings, judge.name, amendment))


@router.get("/disputes", responses=said(401, 403, 422, 429))
def disputes(place: InHouse, adjudicator: Adjudicator, limit: Limit = 10) -> Disputes:
    """Show splits between experts, in the adjudicator's domains and without the adjudicator."""
    with place.reading() as connection:
        found = disputes_for(connection, place.settings, adjudicator.name, limit)
    return Disputes(items=[dispute_shown(one) for one in found])


@router.post(
    "/resolutions", responses=said(401, 403, 409, 422, 429), response_model_exclude_none=True
)
def resolution(place: InHouse, adjudicator: Adjudicator, given: ResolutionSent) -> Stored:
    """End a split for good; sent again, it counts once."""
    verdict = Verdict(
        trace_id=given.trace_id,
        step=given.step_index,
        label=given.label,
        inherits_error=given.inherits_error,
        expert=adjudicator.name,
        mode=Mode.ASSISTED,
        note=given.reason,
        correction=given.correction,
        at=datetime.now(UTC),
        by=DecidedBy.ADJUDICATOR,
    )
    with place.writing() as connection:
        desk = Desk(connection, place.settings)
        desk.hold([given.trace_id])
        known = find_answer(connection, given.answer_id)
        if known is not None:
            same = {"at": verdict.at, "note": verdict.note, "correction": verdict.correction}
            if known.verdict.model_copy(update=same) != verdict:
                raise TakenError("this answer_id stands for another answer: make a new one")
            return Stored(known=True)
        resolve_within(desk, verdict, given.answer_id)
        about = {"trace": given.trace_id, "step": given.step_index}
        note_act(connection, adjudicator.name, "resolved", about)
    return Stored(known=False)
