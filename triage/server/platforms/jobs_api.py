"""`/api/v1/jobs`: many traces, worked on behind; how far they are, and what came of them."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from triage.export.decisions import decisions_of
from triage.jobs.ending import end_job
from triage.pipeline.stored import decisions_on
from triage.records.job import Job, JobPage, JobState, JobTracePage, TraceState
from triage.server.accounts.signin import Person
from triage.server.http.house import House, InHouse
from triage.server.http.problems import Problem, ref, said
from triage.server.platforms.platform_forms import (
    KEY_REUSED,
    Budget,
    Cursor,
    JobId,
    Limit,
    Platform,
    RequestKey,
    Url,
    Watcher,
    not_found,
    owner_for,
    refuse_unknown_query,
)
from triage.server.platforms.uploads import Upload, allowed_file
from triage.store.people.auditlog import note_act
from triage.store.platforms.job_traces import keys_after, list_rows
from triage.store.platforms.jobs import (
    NewJob,
    Work,
    complete,
    drop_job,
    drop_upload,
    find_job,
    find_work,
    list_jobs,
    make_job,
    start_again,
)
from triage.store.platforms.request_keys import claim
from triage.store.platforms.webhooks import find_webhook, make_webhook
from triage.store.run.plugins import known_plugins
from triage.store.run.traces import stored_at
from triage.webhooks.address import find_target, read_networks
from triage.webhooks.signing import new_secret

router = APIRouter(
    prefix="/api/v1/jobs", tags=["platforms"], dependencies=[Depends(refuse_unknown_query)]
)

_PAGE: Final = 100
_NDJSON: Final = "application/x-ndjson"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": False,
        "description": "traces as JSON Lines, a JSON array or Parquet, each also gzipped; "
        "none where `file` names the input",
        "content": {
            _NDJSON: {"schema": ref("TraceInput")},
            "application/octet-stream": _BINARY,
        },
    }
}
_ROWS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "one decision a line, in the order of the input",
        "content": {_NDJSON: {"schema": ref("Decision")}},
    }
}
File = Annotated[
    str | None,
    Query(
        min_length=1, max_length=1000,
        description="a file in one of the folders of the setting jobs.folders, as the input",
    ),
]  # fmt: skip


@router.post(
    "",
    status_code=202,
    responses=said(401, 403, 413, 422, 429, 503),
    openapi_extra=_BODY,
)
async def make(
    request: Request,
    response: Response,
    place: InHouse,
    platform: Platform,
    request_key: RequestKey = None,
    file: File = None,
    budget_usd: Budget = None,
    hold: Annotated[bool, Query(description="estimate, and wait to be started")] = False,
    revise: Annotated[bool, Query(description="a known id may come with other content")] = False,
    webhook_url: Annotated[Url | None, Query(description="told when the job has ended")] = None,
) -> Job:
    """Hand in traces. They are stored when this returns; the work goes on behind."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise Problem(422, "form", "send the file itself as the body, not a form that holds it")
    if webhook_url is not None:
        networks = read_networks(place.settings.webhooks.private_networks)
        await run_in_threadpool(find_target, webhook_url, networks)
    path = None if file is None else allowed_file(file, place.settings.jobs.folders)
    new = NewJob(platform.name, path, revise, hold, _budget(place, budget_usd))
    upload, body_hash = None, ""
    if path is None:
        upload = await run_in_threadpool(Upload, place, new)
        body_hash = await upload.receive(request.stream())
    elif await request.body():
        raise Problem(422, "two-inputs", "name a file or send traces, not both")
    asked = json.dumps([*new, webhook_url, body_hash])
    asked_hash = hashlib.sha256(asked.encode()).hexdigest()
    job = await run_in_threadpool(
        _admit, place, platform, new, upload, request_key, asked_hash, webhook_url
    )
    place.workshop.look()
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    return job


@router.get("", responses=said(401, 403, 422, 429))
def jobs(place: InHouse, watcher: Watcher, cursor: Cursor = None, limit: Limit = 50) -> JobPage:
    """List jobs, newest first: a platform's own, or all for leads and admins."""
    with place.reading() as connection:
        before = None if cursor is None else int(cursor)
        found = list_jobs(connection, owner_for(watcher), before, limit)
    more = str(found[-1][0]) if len(found) == limit else None
    return JobPage(jobs=tuple(one for _, one in found), next=more)


@router.get("/{job_id}", responses=said(401, 403, 404, 422, 429))
def job(place: InHouse, watcher: Watcher, job_id: JobId) -> Job:
    """Tell how far a job is, what it would cost, and what it has cost."""
    with place.reading() as connection:
        return _told(connection, job_id, watcher)


@router.get("/{job_id}/traces", responses=said(401, 403, 404, 422, 429))
def traces(
    place: InHouse,
    watcher: Watcher,
    job_id: JobId,
    state: TraceState | None = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> JobTracePage:
    """Tell what became of each row of a job's input, rejected ones with the reason."""
    with place.reading() as connection:
        work = _found(connection, job_id, watcher)
        after = -1 if cursor is None else int(cursor)
        found = list_rows(connection, work.key, state, after, limit)
    more = str(found[-1].position) if len(found) == limit else None
    return JobTracePage(traces=tuple(found), next=more)


@router.get(
    "/{job_id}/results",
    response_class=StreamingResponse,
    responses=_ROWS | said(401, 403, 404, 422, 429),
)
def results(place: InHouse, watcher: Watcher, job_id: JobId) -> StreamingResponse:
    """Stream the decisions there are, one a line in the form of `triage run --out`.

    They are final once the job is over; the header `Triage-Job-State` tells.
    """
    with place.reading() as connection:
        told, work = _told(connection, job_id, watcher), _found(connection, job_id, watcher)
    headers = {"Triage-Job-State": told.state.value}
    return StreamingResponse(_rows(place, work), media_type=_NDJSON, headers=headers)


@router.post("/{job_id}/cancel", responses=said(401, 403, 404, 409, 422, 429))
def cancel(place: InHouse, platform: Platform, job_id: JobId) -> Job:
    """Stop a job: what was answered is kept, what was not begun is not asked."""
    with place.writing() as connection:
        work = _found(connection, job_id, platform)
        if JobState(work.state).is_over:
            raise Problem(409, "job-over", f"the job is {work.state}: there is nothing to cancel")
        end_job(connection, work.key, work.id, JobState.CANCELLED)
        drop_upload(connection, work.key)
        note_act(connection, platform.name, "job-cancelled", {"job": work.id})
        told = _told(connection, job_id, platform)
    place.workshop.look()
    return told


@router.post("/{job_id}/start", responses=said(401, 403, 404, 409, 422, 429))
def start(place: InHouse, platform: Platform, job_id: JobId, budget_usd: Budget = None) -> Job:
    """Start a job that waits, or once more: what failed, was cancelled or not paid for is asked.

    What was answered is not asked again. Without a `budget_usd` the limit stays as it is.
    """
    budget = None if budget_usd is None else _budget(place, budget_usd)
    with place.writing() as connection:
        work = _found(connection, job_id, platform)
        state = JobState(work.state)
        if not work.is_read or not (state.is_over or state is JobState.WAITING):
            raise Problem(409, "not-startable", f"the job is {work.state}: it can't be started")
        start_again(connection, work.key, budget)
        note_act(connection, platform.name, "job-started", {"job": work.id})
        told = _told(connection, job_id, platform)
    place.workshop.look()
    return told


def _budget(place: House, asked: float | None) -> float | None:
    most = place.settings.jobs.budget_usd
    if most is None:
        return asked
    if asked is not None and asked > most:
        raise Problem(422, "budget", f"a job may cost {most} USD at most: see jobs.budget_usd")
    return most if asked is None else asked


def _admit(
    place: House,
    platform: Person,
    new: NewJob,
    upload: Upload | None,
    request_key: str | None,
    asked: str,
    webhook_url: str | None,
) -> Job:
    """Make the job known, or give the one that was made under the same key."""
    owner = platform.name
    with place.writing() as connection:
        if upload is None:
            key, identity = make_job(connection, new, JobState.QUEUED)
        else:
            key, identity = upload.key, upload.id
            complete(connection, key)
        before = claim(connection, owner, request_key, asked, identity) if request_key else None
        if before is not None:
            drop_job(connection, key)
            if before.body_hash == asked:
                return _with_secret(connection, before.made, owner)
        else:
            if webhook_url is not None:
                make_webhook(connection, owner, webhook_url, new_secret(), identity)
            note_act(connection, owner, "job-made", {"job": identity})
            return _with_secret(connection, identity, owner)
    raise Problem(422, "key-reused", KEY_REUSED)


def _with_secret(connection: Connection, identity: str, owner: str) -> Job:
    told = find_job(connection, identity, owner)
    if told is None:
        raise not_found("job")
    if told.webhook is None:
        return told
    webhook = find_webhook(connection, told.webhook, owner, with_secret=True)
    return told.model_copy(update={"webhook_secret": webhook.secret if webhook else None})


def _told(connection: Connection, identity: str, who: Person) -> Job:
    told = find_job(connection, identity, owner_for(who))
    if told is None:
        raise not_found("job")
    return told


def _found(connection: Connection, identity: str, who: Person) -> Work:
    _told(connection, identity, who)
    work = find_work(connection, identity)
    if work is None:
        raise not_found("job")
    return work


def _rows(place: House, work: Work) -> Iterator[bytes]:
    after = -1
    while True:
        with place.reading() as connection:
            page = keys_after(connection, work.key, after, _PAGE)
            there = {one.key: one for one in stored_at(connection, [one.trace for one in page])}
            stored = [there[one.trace] for one in page if one.trace in there]
            found = decisions_on(connection, stored, place.settings)
            plugins = known_plugins(connection)
        if not page:
            return
        after = page[-1].position
        lines = [
            decision.model_dump_json(by_alias=True)
            for considered in found
            if considered is not None
            for decision in decisions_of(*considered, plugins)
        ]
        if lines:
            yield ("\n".join(lines) + "\n").encode()
