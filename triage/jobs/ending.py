"""Ends a job, and leaves word of it for whoever wants to be told."""

import time
from datetime import UTC, datetime

import orjson
from sqlalchemy import Connection

from triage.records.job import Job, JobState
from triage.store.platforms.jobs import cancel_rest, find_job, set_state
from triage.store.platforms.webhooks import post


def end_job(
    connection: Connection, key: int, identity: str, state: JobState, why: str | None = None
) -> None:
    """Say how a job ended. Needs a writing transaction."""
    set_state(connection, key, state, why)
    if state is JobState.CANCELLED:
        cancel_rest(connection, key)
    job = find_job(connection, identity, None)
    if job is not None:
        post(connection, job.owner, job.id, message(job))


def message(job: Job) -> bytes:
    """What webhooks are sent of a job that ended: `job.done`, `job.at_limit` and so on."""
    told = {
        "type": f"job.{job.state.value.replace('-', '_')}",
        "timestamp": datetime.fromtimestamp(job.ended_at or time.time(), UTC).isoformat(),
        "data": job.model_dump(mode="json", exclude={"webhook_secret"}),
    }
    return orjson.dumps(told)
