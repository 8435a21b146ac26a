"""Every error as a problem document (RFC 9457): what went wrong, and what to do."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from traceback import format_tb
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from triage.errors import TriageError
from triage.ingest.items import RowError
from triage.jobs.handle import WorkshopError
from triage.queue.answers import LostError, TakenError
from triage.queue.verdicts.admitting import RefusedError

MEDIA_TYPE: Final = "application/problem+json"
_KIND: Final = "urn:triage:problem:"
_LOG: Final = logging.getLogger("triage.server")


class FieldProblem(BaseModel):
    """One part of a request that is amiss; what was sent is not repeated."""

    field: str
    reason: str


class ProblemDocument(BaseModel):
    """What every error looks like."""

    type: str = Field(examples=["urn:triage:problem:lease-lost"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["the step went to somebody else: ask for the next one"])
    errors: list[FieldProblem] | None = None


class Problem(Exception):  # noqa: N818 - the standard's own name
    """An error for the client.

    Args:
        kind: A word that programs can rely on, e.g. `lease-lost`.
        detail: What to do, for people.
    """

    def __init__(
        self, status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})


def ref(form: str) -> dict[str, str]:
    """Points to a form of the API's description by its name."""
    return {"$ref": f"#/components/schemas/{form}"}


def said(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an endpoint, for the API's description."""
    content = {MEDIA_TYPE: {"schema": ref("ProblemDocument")}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def document(
    status: int, kind: str, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """A problem document as JSON."""
    body: dict[str, Any] = {
        "type": _KIND + kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return body if errors is None else body | {"errors": errors}


def add_handlers(app: FastAPI) -> None:
    """Turn whatever an endpoint raises into a problem document."""

    @app.exception_handler(Problem)
    def own(_request: Request, why: Problem) -> JSONResponse:
        return _reply(document(why.status, why.kind, why.detail), why.headers)

    @app.exception_handler(HTTPException)
    def http(_request: Request, why: HTTPException) -> JSONResponse:
        if why.status_code == 400:  # a body that is not even text: one form for all that is amiss
            return _reply(document(422, "invalid-request", str(why.detail)))
        kind = HTTPStatus(why.status_code).phrase.lower().replace(" ", "-")
        return _reply(document(why.status_code, kind, str(why.detail)), why.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, why: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(map(str, one["loc"][1:])) or "body", "reason": str(one["msg"])}
            for one in why.errors()
        ]
        first = f"{errors[0]['field']}: {errors[0]['reason']}"
        return _reply(document(422, "invalid-request", first, errors))

    @app.exception_handler(RowError)
    def amiss(_request: Request, why: RowError) -> JSONResponse:
        return _reply(document(422, "invalid-request", f"{why.field or 'body'}: {why.reason}"))

    @app.exception_handler(LostError)
    def lost(_request: Request, why: LostError) -> JSONResponse:
        return _reply(document(409, "lease-lost", str(why)))

    @app.exception_handler(TakenError)
    def taken(_request: Request, why: TakenError) -> JSONResponse:
        return _reply(document(409, "not-possible", str(why)))

    @app.exception_handler(RefusedError)
    def refused_answer(_request: Request, why: RefusedError) -> JSONResponse:
        return _reply(document(409, "refused", str(why)))

    @app.exception_handler(WorkshopError)
    def unready(_request: Request, why: WorkshopError) -> JSONResponse:
        return _reply(document(503, "busy", str(why)), {"Retry-After": "2"})

    @app.exception_handler(TriageError)
    def refused(_request: Request, why: TriageError) -> JSONResponse:
        if why.exit_status == 2:
            return _reply(document(422, "refused", str(why)))
        _LOG.error("store", extra={"why": str(why)})
        return _reply(document(503, "store", "the store can't be used: tell the operator"))

    @app.exception_handler(DBAPIError)
    def database(_request: Request, why: DBAPIError) -> JSONResponse:
        # its message holds the values that were to be stored
        _LOG.error("database", extra={"why": type(why.orig).__name__})
        detail = "the store did not answer: nothing was stored, send it again"
        return _reply(document(503, "store", detail), {"Retry-After": "1"})

    @app.exception_handler(Exception)
    def unexpected(_request: Request, why: Exception) -> JSONResponse:
        # its message may quote what was sent: the place is told, not the words
        frames = "".join(format_tb(why.__traceback__))
        _LOG.error("unexpected", extra={"why": type(why).__name__, "traceback": frames})
        return _reply(document(500, "fault", "a fault of the server's; its log says more"))


def _reply(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        body, status_code=body["status"], headers=dict(headers or {}), media_type=MEDIA_TYPE
    )
