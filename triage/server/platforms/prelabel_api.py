"""`/api/v1/prelabel`: a few traces, labelled while the platform waits."""

import asyncio
import json
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from triage.ingest.keys import count_keys, refuse_doubled
from triage.jobs.frames import Call, Reply
from triage.records.job import Prelabelled
from triage.server.http.house import House, InHouse
from triage.server.http.problems import ref, said
from triage.server.platforms.platform_forms import Platform, PrelabelSent

router = APIRouter(prefix="/api/v1", tags=["platforms"])

_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ref("PrelabelSent")}},
    }
}


@router.post(
    "/prelabel",
    response_class=Response,
    responses={
        200: {"model": Prelabelled, "description": "what is decided by now"},
        **said(401, 403, 413, 422, 429, 503),
    },
    openapi_extra=_BODY,
)
async def prelabel(request: Request, place: InHouse, _platform: Platform) -> Response:
    """Label a few traces at once; the same ones again are answered from the store.

    What takes longer than the caller waits goes on behind: its trace is `running`, and the same
    call later gives its decisions.
    """
    # read only now: who is not signed in can't make the server parse anything
    body = await request.body()
    reply = place.replies.find(body)
    if reply is None or not await _is_good(place, reply):
        reply = await place.workshop.call(_read(body, place.settings.jobs.call_seconds))
        place.replies.keep(body, reply)
    return Response(reply.body, media_type="application/json")


async def _is_good(place: House, reply: Reply) -> bool:
    """Whether nothing has changed on the traces since a reply was made."""
    now = await asyncio.gather(*map(place.stamps.ask, reply.stamps))
    return now == list(reply.stamps.values())


def _read(body: bytes, longest: float) -> Call:
    try:
        given = PrelabelSent.model_validate_json(body)
    except ValidationError as why:
        errors = [one | {"loc": ("body", *one["loc"])} for one in why.errors(include_url=False)]
        raise RequestValidationError(errors) from why
    refuse_doubled(body, len(given.model_fields_set) + count_keys(given.traces))
    seconds = longest if given.seconds is None else min(longest, given.seconds)
    return Call([json.dumps(row) for row in given.traces], seconds, given.revise)
