"""The desk's page, its files, and the queue's steps with their texts ready to be read."""

import gzip
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from triage.queue.personal import look_again
from triage.server.accounts.signin import visitor
from triage.server.desk.page import (
    PREFIX,
    assets,
    desk_page,
    disputes_page,
    edition,
    sign_in_page,
)
from triage.server.desk.revealed import RevealShown, show_reveal
from triage.server.desk.shown import DisputesShown, ItemsShown, show_disputes, show_items
from triage.server.experts import judging_api
from triage.server.experts.judging_api import Adjudicator
from triage.server.experts.queue_api import Count, Judge, offered_to
from triage.server.http.forms import AnswerId
from triage.server.http.house import InHouse
from triage.server.http.problems import Problem, said
from triage.store.people.accounts import Role

router = APIRouter(tags=["desk"])

_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_TOKENS: Final = 1_000
_DISPUTES: Final = 10


@router.get("/", include_in_schema=False)
def desk(request: Request, place: InHouse) -> Response:
    """The desk, or the way in."""
    who = visitor(request)
    if who is None:
        return sign_in(request)
    leads = bool(who.roles & {Role.LEAD, Role.ADMIN})
    if leads and not who.roles & {Role.EXPERT, Role.ADJUDICATOR}:
        return RedirectResponse("/lead", 303)
    adjudicates = Role.ADJUDICATOR in who.roles
    if adjudicates and Role.EXPERT not in who.roles:
        return reply(request, disputes_page(who.name, who.csrf or ""), "text/html")
    reveal = place.settings.desk.reveal
    page = desk_page(who.name, who.csrf or "", reveal=reveal, adjudicates=adjudicates, leads=leads)
    return reply(request, page, "text/html")


@router.get("/disputes", include_in_schema=False)
def disputes(request: Request) -> Response:
    """The splits between experts, for those who resolve them."""
    who = visitor(request)
    if who is None:
        return sign_in(request)
    if Role.ADJUDICATOR not in who.roles:
        raise Problem(403, "forbidden", "this needs the role adjudicator: ask an admin")
    return reply(request, disputes_page(who.name, who.csrf or ""), "text/html")


@router.get("/signin", include_in_schema=False)
def sign_in(request: Request) -> Response:
    """The way in; what stands behind the # of a personal link is read by the page alone."""
    return reply(request, sign_in_page(), "text/html")


@router.get(PREFIX + "/{version}/{name}", include_in_schema=False)
def asset(version: str, name: str) -> Response:
    """A file of the page; its address changes with its content."""
    found = assets().get(name) if version == edition() else None
    if found is None:
        raise Problem(404, "not-found", "the page has changed: reload it")
    headers = {"Content-Encoding": "gzip", "Cache-Control": _FOR_GOOD}
    return Response(found.packed, media_type=found.media_type, headers=headers)


@router.get("/desk/items", response_model=ItemsShown, responses=said(401, 403, 422, 429))
def items(
    request: Request,
    place: InHouse,
    judge: Judge,
    count: Count = 1,
    known: Annotated[str, Query(max_length=_TOKENS, description="tokens that are there")] = "",
) -> Response:
    """The next steps as `/api/v1/queue/next` gives them, their texts as safe HTML."""
    shown = show_items(offered_to(place, judge, count).items, known.split())
    return reply(request, shown.model_dump_json(), "application/json")


@router.get(
    "/desk/reveal", response_model=RevealShown, responses=said(401, 403, 404, 409, 422, 429)
)
def revealed(
    request: Request, place: InHouse, judge: Judge, answer_id: Annotated[AnswerId, Query()]
) -> Response:
    """What `/api/v1/queue/reveal` shows, with the step: texts as safe HTML, places marked."""
    told = judging_api.show_proposals(place, judge, answer_id)
    with place.reading() as connection:
        found = look_again(connection, judge.name, answer_id)
    if found is None:
        raise Problem(404, "not-found", "the step of this answer is not there any more")
    shown = show_reveal(found[0], told.proposals)
    return reply(request, shown.model_dump_json(), "application/json")


@router.get("/desk/disputes", response_model=DisputesShown, responses=said(401, 403, 429))
def shown_disputes(request: Request, place: InHouse, adjudicator: Adjudicator) -> Response:
    """The disputes as `/api/v1/queue/disputes` gives them, their texts as safe HTML."""
    shown = show_disputes(judging_api.disputes(place, adjudicator, _DISPUTES).items)
    return reply(request, shown.model_dump_json(), "application/json")


def reply(request: Request, text: str, media_type: str) -> Response:
    """A reply, compressed where the browser can read that: MathML says all things twice."""
    body = text.encode()
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(body, media_type=media_type)
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(gzip.compress(body, 6, mtime=0), media_type=media_type, headers=headers)
