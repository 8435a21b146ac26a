"""`/label-studio`: the ML-backend protocol of Label Studio."""

import logging
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from triage.ingest.keys import count_keys, refuse_doubled
from triage.platforms.label_studio.answering import Work, answer, parse_key
from triage.platforms.label_studio.events import created, take_event
from triage.platforms.label_studio.forms.config import View, label_config, read_config
from triage.platforms.version import version_in_use
from triage.server.accounts.signin import Person, require
from triage.server.http.forms import OnceRoute
from triage.server.http.house import House, InHouse
from triage.server.http.problems import Problem, said
from triage.store.people.accounts import Role
from triage.store.platforms.label_studio import ProjectKey

_LOG: Final = logging.getLogger("triage.label-studio")

_LABELLING: Final = label_config(View.STEP, blind=True)

router = APIRouter(prefix="/label-studio", route_class=OnceRoute, tags=["label-studio"])

Platform = Annotated[Person, Depends(require(Role.PLATFORM))]
"""Label Studio itself."""


class Up(BaseModel):
    """The backend answers."""

    status: Literal["UP"] = "UP"
    model_class: Literal["triage"] = "triage"


class SetupSent(BaseModel):
    """What Label Studio says of a project. Its access token is neither used nor kept."""

    model_config = ConfigDict(extra="allow")

    project: str = Field(examples=["5.1795416564"])
    labelling: str = Field(
        alias="schema", description="the labelling configuration", examples=[_LABELLING]
    )


class SetUp(BaseModel):
    """The version under which predictions go out now."""

    model_version: str


class Versions(BaseModel):
    """The versions there are: one."""

    versions: list[str]


class Prediction(BaseModel):
    """What the machine says of a task, in Label Studio's regions."""

    model_version: str
    score: float
    result: list[dict[str, Any]]


class Predictions(BaseModel):
    """One entry a task, in order; an empty list where there is nothing to show."""

    results: list[Prediction | list[Prediction]]


class EventSent(BaseModel):
    """An event of a project; what it carries depends on its action."""

    model_config = ConfigDict(extra="allow")

    action: str = Field(max_length=100, examples=["ANNOTATION_CREATED"])


class Heard(BaseModel):
    """What became of an event."""

    status: Literal["ok"] = "ok"
    verdicts: int
    withdrawn: int
    refused: list[str]


@router.get("/health", responses=said(401, 403, 429))
def health(_platform: Platform) -> Up:
    """Say that the backend answers, and that the credentials are right."""
    return Up()


@router.post("/setup", responses=said(400, 401, 403, 422, 429))
def setup(place: InHouse, _platform: Platform, given: SetupSent) -> SetUp:
    """Check a project's labelling configuration, and tell the version of predictions."""
    parse_key(given.project)
    read_config(given.labelling)
    with place.reading() as connection:
        return SetUp(model_version=version_in_use(connection, place.settings).name)


@router.get("/versions", responses=said(401, 403, 429))
def versions(place: InHouse, _platform: Platform) -> Versions:
    """List the versions of predictions."""
    with place.reading() as connection:
        return Versions(versions=[version_in_use(connection, place.settings).name])


_TASK: Final = {
    "type": "object",
    "required": ["id", "data"],
    "properties": {"id": {"type": "integer", "minimum": 0}, "data": {"type": "object"}},
}
_ASKED: Final = {
    "type": "object",
    "required": ["tasks", "project", "label_config"],
    "properties": {
        "tasks": {"type": "array", "items": _TASK, "examples": [[{"id": 1, "data": {}}]]},
        "project": {"type": "string", "examples": ["5.1795416564"]},
        "label_config": {"type": "string", "examples": [_LABELLING]},
    },
}
_BODY: Final = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": _ASKED}}}
}


@router.post(
    "/predict",
    response_model=Predictions,
    responses=said(401, 403, 413, 422, 429),
    openapi_extra=_BODY,
)
async def predict(request: Request, place: InHouse, _platform: Platform) -> Response:
    """Answer from the store at once; what it lacks is computed behind and pushed afterwards."""
    body = await request.body()
    return await run_in_threadpool(_predict, place, body)


@router.post("/webhook", responses=said(400, 401, 403, 413, 422, 429))
def webhook(place: InHouse, _platform: Platform, event: EventSent) -> Heard:
    """Take annotations as verdicts, take deleted ones back, prepare predictions of new tasks."""
    told = event.model_dump()
    work = created(told)
    with place.writing() as connection:
        outcome = take_event(connection, place.settings, told)
    for why_not in outcome.refused:
        _LOG.warning("annotation refused", extra={"why": why_not})
    if work is not None:
        place.behind.submit(work)
    return Heard(
        verdicts=outcome.verdicts, withdrawn=outcome.withdrawn, refused=list(outcome.refused)
    )


def _predict(place: House, body: bytes) -> Response:
    tasks, labelling, project = _read(body)
    with place.reading() as connection:
        told = answer(connection, place.settings, tasks, labelling, project, place.behind.confirmed)
    for why in told.problems:
        _LOG.warning("task without prediction", extra={"why": why})
    if told.missing:
        place.behind.submit(Work(project, labelling, told.missing))
    return Response(orjson.dumps({"results": told.results}), media_type="application/json")


def _read(body: bytes) -> tuple[list[dict[str, Any]], str, ProjectKey]:
    """Read a request for predictions: thousands of tasks, looked at no closer than is needed."""
    try:
        given = orjson.loads(body)
        tasks, labelling = given["tasks"], given["label_config"]
        usable = isinstance(labelling, str) and all(type(one["id"]) is int for one in tasks)
        project = given["project"]
        refuse_doubled(body, count_keys(given))
    except (orjson.JSONDecodeError, KeyError, TypeError):
        usable = False
    if not usable:
        raise Problem(
            422, "invalid-request", "a request has tasks with ids, project and label_config"
        )
    return tasks, labelling, parse_key(project)
