"""`/api/v1/prelabel`: a few traces, labelled while the platform waits."""

import json
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from triage.jobs.frames import Call
from triage.records.job import Prelabelled
from triage.server.house import InHouse
from triage.server.platform_forms import Platform, PrelabelSent
from triage.server.problems import ref, said

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
    given = _read(await request.body())
    longest = place.settings.jobs.call_seconds
    seconds = longest if given.seconds is None else min(longest, given.seconds)
    rows = [json.dumps(row) for row in given.traces]
    answer = await place.workshop.call(Call(rows, seconds, given.revise))
    return Response(answer, media_type="application/json")


def _read(body: bytes) -> PrelabelSent:
    try:
        return PrelabelSent.model_validate_json(body)
    except ValidationError as why:
        errors = [one | {"loc": ("body", *one["loc"])} for one in why.errors(include_url=False)]
        raise RequestValidationError(errors) from why
