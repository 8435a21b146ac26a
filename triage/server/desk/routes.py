"""The desk's page, its files, and the queue's steps with their texts ready to be read."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from triage.server.desk.page import PREFIX, assets, desk_page, edition, sign_in_page
from triage.server.desk.shown import ItemsShown, show_items
from triage.server.problems import Problem, said
from triage.server.queue_api import Count, Judge, next_items
from triage.server.house import InHouse
from triage.server.signin import visitor

router = APIRouter(tags=["desk"])

_FOR_GOOD = "public, max-age=31536000, immutable"


@router.get("/", include_in_schema=False)
def desk(request: Request, place: InHouse) -> HTMLResponse:
    """The desk, or the way in."""
    who = visitor(request)
    if who is None:
        return HTMLResponse(sign_in_page())
    reveals = place.settings.desk.reveal
    return HTMLResponse(desk_page(who.name, who.csrf or "", reveal=reveals))


@router.get(PREFIX + "/{version}/{name}", include_in_schema=False)
def asset(version: str, name: str) -> Response:
    """A file of the page; its address changes with its content."""
    found = assets().get(name) if version == edition() else None
    if found is None:
        raise Problem(404, "not-found", "the page has changed: reload it")
    headers = {"Content-Encoding": "gzip", "Cache-Control": _FOR_GOOD}
    return Response(found.packed, media_type=found.media_type, headers=headers)


@router.get("/desk/items", responses=said(401, 403, 422, 429))
def items(
    request: Request,
    place: InHouse,
    judge: Judge,
    count: Count = 1,
    known: Annotated[str, Query(max_length=1000, description="tokens that are there")] = "",
) -> ItemsShown:
    """The next steps as `/api/v1/queue/next` gives them, their texts as safe HTML."""
    return show_items(next_items(place, judge, count).items, known.split())
