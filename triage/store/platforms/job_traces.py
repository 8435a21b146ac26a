"""Keeps what becomes of each row of a job's input."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from triage.records.job import JobTrace, TraceState
from triage.store.tables.job_tables import job_traces


class Row(NamedTuple):
    """One row of an input as it is noted first; `trace` is its key unless it was rejected."""

    position: int
    trace: int | None
    trace_id: str | None
    state: TraceState
    why: str | None = None
    line: int | None = None
    field: str | None = None


class Mark(NamedTuple):
    """A row's new state."""

    position: int
    state: TraceState
    why: str | None = None


class Waiting(NamedTuple):
    """A row that is to be worked on."""

    position: int
    trace: int


def note_rows(connection: Connection, job: int, rows: Iterable[Row]) -> None:
    """Note rows of a job's input."""
    noted = [one._asdict() | {"job": job, "state": one.state.value} for one in rows]
    if noted:
        connection.execute(insert(job_traces), noted)


def drop_rows(connection: Connection, job: int) -> None:
    """Forget what was noted, to read the input once more."""
    connection.execute(delete(job_traces).where(job_traces.c.job == job))


def mark(connection: Connection, job: int, marks: Iterable[Mark]) -> None:
    """Note new states; the last one of a position counts."""
    rows = [
        {"at": one.position, "to": one.state.value, "because": one.why}
        for one in {one.position: one for one in marks}.values()
    ]
    if not rows:
        return
    connection.execute(
        update(job_traces)
        .where(job_traces.c.job == job, job_traces.c.position == bindparam("at"))
        .values(state=bindparam("to"), why=bindparam("because")),
        rows,
    )


def queue_unfinished(connection: Connection, job: int) -> None:
    """Queue what was under way when the process ended."""
    connection.execute(
        update(job_traces)
        .where(job_traces.c.job == job, job_traces.c.state == TraceState.RUNNING.value)
        .values(state=TraceState.QUEUED.value)
    )


def keys_after(
    connection: Connection, job: int, after: int, limit: int, states: Sequence[TraceState] = ()
) -> list[Waiting]:
    """The next rows that were stored, in order.

    Args:
        states: Only rows in one of these states, unless empty.
    """
    query = select(job_traces.c.position, job_traces.c.trace).where(
        job_traces.c.job == job,
        job_traces.c.trace.is_not(None),
        job_traces.c.position > after,
    )
    if states:
        query = query.where(job_traces.c.state.in_([one.value for one in states]))
    rows = connection.execute(query.order_by(job_traces.c.position).limit(limit))
    return [Waiting(row.position, row.trace) for row in rows]


def list_rows(
    connection: Connection, job: int, state: TraceState | None, after: int, limit: int
) -> list[JobTrace]:
    """Rows in the order of the input, from after a position on."""
    query = select(job_traces).where(job_traces.c.job == job, job_traces.c.position > after)
    if state is not None:
        query = query.where(job_traces.c.state == state.value)
    rows = connection.execute(query.order_by(job_traces.c.position).limit(limit))
    return [_told(row) for row in rows.mappings()]


def _told(row: RowMapping) -> JobTrace:
    return JobTrace(
        position=row["position"],
        trace_id=row["trace_id"],
        state=TraceState(row["state"]),
        why=row["why"],
        line=row["line"],
        field=row["field"],
    )
