"""Erases a trace: its text and everything derived from it, to the last byte of the file."""

import sqlite3
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, delete, select, text, update

from triage.errors import StoreError, UsageError
from triage.store.database import writing
from triage.store.labelling.gold_tasks import erase_gold
from triage.store.tables.gold_tables import gold, gold_tasks
from triage.store.tables.job_tables import job_traces
from triage.store.tables.judge_tables import judge_answers, judge_batch_items
from triage.store.tables.schema import (
    batch_steps,
    decisions,
    findings,
    flags,
    leases,
    offers,
    skips,
    steps,
    traces,
    verdicts,
)

_HELD_TEXT: Final = (
    *(traces, findings, decisions, steps, leases, skips, batch_steps, offers, flags),
    *(verdicts, job_traces),
)
_JUDGES_HELD: Final = (judge_answers, judge_batch_items)
_GOLD_HELD: Final = (gold, gold_tasks)


class Forgotten(NamedTuple):
    """What was erased of one trace; its verdicts stay in the log without the experts' words."""

    trace_id: str
    revisions: int
    verdicts: int


def forget(engine: Engine, identities: Sequence[str]) -> list[Forgotten]:
    """Erase traces in all their revisions, then rewrite the file so that no byte of them is left.

    Labels, names and times of the verdicts stay, so that the log's chain holds. Erasing again
    what is forgotten repeats the rewriting.

    Raises:
        UsageError: There is no such trace; nothing is erased then.
        StoreError: The traces are erased, but others used the store: their bytes may still be
            in its files until this succeeds.
    """
    with writing(engine) as connection:
        erased = [_erase(connection, identity) for identity in identities]
    _rewrite(engine)
    return erased


def _erase(connection: Connection, identity: str) -> Forgotten:
    keys = connection.execute(select(traces.c.key).where(traces.c.id == identity)).scalars().all()
    if not keys:
        raise UsageError(f"the store has no trace {identity!r}")
    said = connection.execute(
        update(verdicts)
        .where(verdicts.c.trace.in_(keys))
        .values(note=None, correction=None, salt=None)
    )
    connection.execute(update(findings).where(findings.c.trace.in_(keys)).values(body=None))
    connection.execute(update(decisions).where(decisions.c.trace.in_(keys)).values(body=None))
    for table in (steps, leases, skips, batch_steps, offers, flags):
        connection.execute(delete(table).where(table.c.trace.in_(keys)))
    for table in _JUDGES_HELD:
        connection.execute(delete(table).where(table.c.trace_id == identity))
    erase_gold(connection, identity)
    # why a row with this id was rejected may quote it
    connection.execute(update(job_traces).where(job_traces.c.trace_id == identity).values(why=None))
    # the group of a trace that names none is a digest of its problem
    blank = {"body": None, "content_hash": None, "group": "", "source": ""}
    connection.execute(
        update(traces).where(traces.c.key.in_(keys)).values(**blank, forgotten_at=time.time())
    )
    return Forgotten(identity, len(keys), said.rowcount)


def _rewrite(engine: Engine) -> None:
    """Rebuild the database's files: what was erased is still in their free space."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            for table in (*_HELD_TEXT, *_JUDGES_HELD, *_GOLD_HELD):
                connection.execute(text(f'VACUUM (FULL) "{table.name}"'))
        return
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("VACUUM")
        # rebuilt pages reach the file, and the log of writes is cut to nothing
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchall()[0][0]
    except sqlite3.OperationalError as why:
        raise _still_there(str(why)) from why
    finally:
        raw.close()
    if busy:
        raise _still_there("another process is reading the store")


def _still_there(why: str) -> StoreError:
    return StoreError(
        f"the text is erased, but its bytes could not be overwritten ({why}): "
        "run forget again when nothing else uses the store"
    )
