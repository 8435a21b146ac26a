"""Keeps jobs and how far they are."""

import json
import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from triage.records.job import Job, JobState, JudgeEstimate, TraceState
from triage.store.tables.job_tables import job_traces, job_uploads, jobs
from triage.store.tables.judge_tables import judge_accounts

RECEIVING: Final = "receiving"
"""State of a job whose upload is not complete: nobody is told of it."""
_BUSY: Final = (JobState.QUEUED.value, JobState.READING.value, JobState.RUNNING.value)
_NANO: Final = 1_000_000_000
_DAY: Final = 86_400.0


class NewJob(NamedTuple):
    """What a job is asked to do.

    Attributes:
        file: The input, where it is not uploaded.
        revise: Whether a known id with other content becomes a new version.
        hold: Whether it waits to be started once it is estimated.
        budget_usd: What its judges may cost; None is no limit.
    """

    owner: str
    file: str | None = None
    revise: bool = False
    hold: bool = False
    budget_usd: float | None = None


class Work(NamedTuple):
    """A job as its runner needs it; `is_read` once its traces are in the store."""

    key: int
    id: str
    owner: str
    state: str
    is_read: bool
    file: str | None
    revise: bool
    hold: bool
    budget_usd: float | None

    @property
    def account(self) -> str:
        """The ledger's account that pays."""
        return account_of(self.id)


def account_of(job: str) -> str:
    """The ledger's account that pays for a job."""
    return f"job:{job}"


def make_job(connection: Connection, new: NewJob, state: str = RECEIVING) -> tuple[int, str]:
    """Note a new job; gives its key and its id."""
    identity = f"job_{secrets.token_hex(8)}"
    budget = None if new.budget_usd is None else round(new.budget_usd * _NANO)
    row = {
        "id": identity,
        "owner": new.owner,
        "state": state,
        "file": new.file,
        "revise": new.revise,
        "hold": new.hold,
        "budget_nano": budget,
        "made_at": time.time(),
    }
    made = connection.execute(insert(jobs).values(row).returning(jobs.c.key))
    return made.scalar_one(), identity


def keep_part(connection: Connection, key: int, part: int, body: bytes) -> None:
    """Keep one part of a job's upload."""
    connection.execute(insert(job_uploads), {"job": key, "part": part, "body": body})


def upload_part(connection: Connection, key: int, part: int) -> bytes | None:
    """One part of a job's upload; None after the last."""
    query = select(job_uploads.c.body).where(job_uploads.c.job == key, job_uploads.c.part == part)
    return connection.execute(query).scalar()


def drop_upload(connection: Connection, key: int) -> None:
    """Remove an upload whose traces are in the store."""
    connection.execute(delete(job_uploads).where(job_uploads.c.job == key))


def complete(connection: Connection, key: int) -> None:
    """Queue a job whose upload is complete."""
    values = {"state": JobState.QUEUED.value}
    connection.execute(update(jobs).where(jobs.c.key == key).values(values))


def drop_job(connection: Connection, key: int) -> None:
    """Remove a job that nobody was told of, with its upload."""
    drop_upload(connection, key)
    connection.execute(delete(jobs).where(jobs.c.key == key))


def drop_abandoned(connection: Connection) -> None:
    """Remove jobs whose upload broke off a day ago."""
    old = select(jobs.c.key).where(jobs.c.state == RECEIVING, jobs.c.made_at < time.time() - _DAY)
    for key in connection.execute(old).scalars().all():
        drop_job(connection, key)


def set_state(connection: Connection, key: int, state: JobState, why: str | None = None) -> None:
    """Say where a job stands."""
    ended = time.time() if state.is_over else None
    connection.execute(
        update(jobs).where(jobs.c.key == key).values(state=state.value, why=why, ended_at=ended)
    )


def is_wanted(connection: Connection, key: int) -> bool:
    """Whether a job is still to be worked on."""
    state = connection.execute(select(jobs.c.state).where(jobs.c.key == key)).scalar()
    return state in _BUSY


def advance(connection: Connection, key: int, state: JobState) -> bool:
    """Say where a job stands, unless it was ended meanwhile; whether it was not."""
    changed = connection.execute(
        update(jobs).where(jobs.c.key == key, jobs.c.state.in_(_BUSY)).values(state=state.value)
    )
    return changed.rowcount == 1


def keep_estimate(connection: Connection, key: int, found: Iterable[JudgeEstimate]) -> None:
    """Keep what a job's judges would take."""
    body = json.dumps([one.model_dump() for one in found])
    connection.execute(update(jobs).where(jobs.c.key == key).values(estimate=body))


def work_to_do(connection: Connection) -> list[Work]:
    """The jobs that are to be worked on, oldest first."""
    query = select(jobs).where(jobs.c.state.in_(_BUSY))
    return [_work(row) for row in connection.execute(query.order_by(jobs.c.key))]


def find_work(connection: Connection, identity: str) -> Work | None:
    """A job by its id, for whoever changes it."""
    row = connection.execute(select(jobs).where(jobs.c.id == identity)).first()
    return None if row is None else _work(row)


def start_again(connection: Connection, key: int, budget_usd: float | None) -> None:
    """Queue a job once more, with everything of it that is not done; another limit if given."""
    values: dict[str, Any] = {"state": JobState.QUEUED.value, "hold": False, "ended_at": None}
    if budget_usd is not None:
        values["budget_nano"] = round(budget_usd * _NANO)
    connection.execute(update(jobs).where(jobs.c.key == key).values(**values, why=None))
    again = (TraceState.FAILED, TraceState.CANCELLED, TraceState.RUNNING)
    connection.execute(
        update(job_traces)
        .where(job_traces.c.job == key, job_traces.c.state.in_([one.value for one in again]))
        .values(state=TraceState.QUEUED.value, why=None)
    )


def cancel_rest(connection: Connection, key: int) -> None:
    """Mark what is not done of a cancelled job."""
    rest = (TraceState.QUEUED.value, TraceState.RUNNING.value)
    connection.execute(
        update(job_traces)
        .where(job_traces.c.job == key, job_traces.c.state.in_(rest))
        .values(state=TraceState.CANCELLED.value)
    )


def find_job(connection: Connection, identity: str, owner: str | None) -> Job | None:
    """A job as it stands; None if there is none, or it is not the owner's."""
    found = _told(connection, [jobs.c.id == identity], owner, 1)
    return found[0][1] if found else None


def list_jobs(
    connection: Connection, owner: str | None, before: int | None, limit: int
) -> list[tuple[int, Job]]:
    """Jobs with their numbers, newest first.

    Args:
        owner: Only the jobs of this account; None for all.
        before: Only jobs with a lower number.
    """
    return _told(connection, [] if before is None else [jobs.c.key < before], owner, limit)


def _told(
    connection: Connection, which: Sequence[Any], owner: str | None, limit: int
) -> list[tuple[int, Job]]:
    query = select(jobs).where(*which, jobs.c.state != RECEIVING)
    if owner is not None:
        query = query.where(jobs.c.owner == owner)
    rows = connection.execute(query.order_by(jobs.c.key.desc()).limit(limit)).all()
    counts: dict[int, dict[TraceState, int]] = {}
    counted = (
        select(job_traces.c.job, job_traces.c.state, func.count())
        .where(job_traces.c.job.in_([row.key for row in rows]))
        .group_by(job_traces.c.job, job_traces.c.state)
    )
    for key, state, count in connection.execute(counted):
        counts.setdefault(key, {})[TraceState(state)] = count
    accounts = [account_of(row.id) for row in rows]
    spent = {
        row.name: (row.spent_nano + row.held_nano) / _NANO
        for row in connection.execute(
            select(judge_accounts).where(judge_accounts.c.name.in_(accounts))
        )
    }
    return [
        (row.key, _job(row, counts.get(row.key, {}), spent.get(account_of(row.id), 0.0)))
        for row in rows
    ]


def _job(row: Row[Any], counts: dict[TraceState, int], spent: float) -> Job:
    estimate = None if row.estimate is None else json.loads(row.estimate)
    return Job(
        id=row.id,
        owner=row.owner,
        state=JobState(row.state),
        why=row.why,
        file=row.file,
        traces=counts,
        estimate=None if estimate is None else tuple(JudgeEstimate(**one) for one in estimate),
        budget_usd=None if row.budget_nano is None else row.budget_nano / _NANO,
        spent_usd=spent,
        webhook=row.webhook,
        made_at=row.made_at,
        ended_at=row.ended_at,
    )


def _work(row: Row[Any]) -> Work:
    budget = None if row.budget_nano is None else row.budget_nano / _NANO
    read = row.estimate is not None
    return Work(row.key, row.id, row.owner, row.state, read, row.file, row.revise, row.hold, budget)
