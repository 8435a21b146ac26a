"""`/healthz`, `/readyz` and `/metrics`, for whatever watches over the server."""

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from triage.server.http.house import InHouse
from triage.server.http.problems import Problem, said
from triage.store.database import NEWEST, revision

router = APIRouter(tags=["operation"])


class Well(BaseModel):
    """All is well."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
def healthz() -> Well:
    """Say that the process answers."""
    return Well()


@router.get("/readyz", responses=said(503))
def readyz(place: InHouse) -> Well:
    """Say whether the store can be used."""
    with place.reading() as connection:
        at = revision(connection)
    if at != NEWEST:
        raise Problem(503, "store", f"the store is at schema {at}, this server needs {NEWEST}")
    return Well()


@router.get("/metrics", response_class=Response)
def metrics(place: InHouse) -> Response:
    """Give the counters in Prometheus's text format."""
    return Response(place.meters.text(), media_type=CONTENT_TYPE_LATEST)
