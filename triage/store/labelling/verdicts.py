"""Keeps what people said: an append-only, hash-chained log."""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    insert,
    literal,
    select,
    text,
)

from triage.errors import StoreError, UsageError
from triage.records import Trace, Verdict
from triage.store.ahead import Ask, read, read_ahead
from triage.store.later import write_later
from triage.store.tables.schema import traces, verdicts
from triage.verdictlog import CHAINED, GENESIS, Chain, check_log, row_hash, said_digest, step_digest

_ERASABLE: Final = ("salt", "note", "correction")
_LOCK: Final = 7_316_402_985
"""PostgreSQL's advisory lock that keeps appends one after the other; SQLite has one writer."""
AHEAD: Final = timedelta(minutes=5)
"""How far the clock of whoever hands in verdicts may run ahead of ours."""


class Answer(NamedTuple):
    """A verdict on its way into the log.

    Attributes:
        trace: The key of the trace's revision that was judged.
        step_text: The text that was judged.
        identity: The answer's own id: sent twice, it counts once.
    """

    trace: int
    step_text: str
    identity: str
    verdict: Verdict


class Said(NamedTuple):
    """An answer in the log.

    Attributes:
        trace: The key of the trace's revision that was judged.
        stands: Whether it was not taken back.
    """

    trace: int
    verdict: Verdict
    stands: bool


def append_verdicts(connection: Connection, answers: Iterable[Answer]) -> None:
    """Add verdicts, whose ids must be new, to the log's end. Needs a writing transaction.

    Others can add to the log only after it: whatever can be done before should be.
    """
    previous = _lock_end(connection)
    rows = []
    for answer in answers:
        rows.append(_row(answer, previous, withdraws=None))
        previous = rows[-1]["hash"]
    write_later(connection, _INSERT, rows)


def find_answer(connection: Connection, identity: str) -> Said | None:
    """The answer of an id; None if there is none."""
    for row in read(connection, asks_answer(identity)):
        return Said(row.trace, verdict_of(row._asdict()), row.stands)
    return None


def asks_answer(identity: str) -> Ask:
    """What `find_answer` reads."""
    return Ask(_FIND, {"id": identity})


def same_answer(known: Verdict, verdict: Verdict) -> bool:
    """Whether a verdict is the one that is known under its id, less what can be forgotten.

    A time that was ahead of our clock was set back when the verdict came in.
    """
    if not known.at <= verdict.at <= known.at + AHEAD:
        return False
    return _named(known) == _named(verdict.model_copy(update={"at": known.at}))


def not_ahead(verdict: Verdict) -> Verdict:
    """The verdict, at the time when it came in if its own is later.

    What is in the log before a draw must not look as if it had been given afterwards.

    Raises:
        UsageError: Its time is farther ahead than a clock may be.
    """
    now = datetime.now(UTC)
    if verdict.at > now + AHEAD:
        raise UsageError(
            f"{verdict.at.isoformat()} is in the future: give the time at which the step was"
            " labelled, or set the clock right that wrote it"
        )
    return verdict if verdict.at <= now else verdict.model_copy(update={"at": now})


def latest_answers(connection: Connection, expert: str, count: int) -> list[str]:
    """The ids of an expert's latest standing answers, newest first."""
    query = standing().where(verdicts.c.expert == expert).order_by(verdicts.c.key.desc())
    return [row["answer_id"] for row in connection.execute(query.limit(count)).mappings()]


def standing_under(connection: Connection, prefix: str) -> list[tuple[str, Verdict]]:
    """The standing answers whose ids begin in this way, newest first."""
    query = standing().where(verdicts.c.answer_id.startswith(prefix, autoescape=True))
    rows = connection.execute(query.order_by(verdicts.c.key.desc())).mappings()
    return [(row["answer_id"], verdict_of(row)) for row in rows]


def withdraw_verdict(connection: Connection, identity: str, at: datetime) -> None:
    """Take an answer back: it stays in the log and no longer counts. Needs a writing transaction.

    Raises:
        StoreError: There is no such answer.
    """
    row = connection.execute(standing().where(verdicts.c.answer_id == identity)).mappings().first()
    if row is None:
        raise StoreError(f"no answer {identity!r} stands in the verdict log")
    step = _step_text(connection, row["trace"], row["step"])
    verdict = verdict_of(row).model_copy(update={"at": at, "note": None, "correction": None})
    answer = Answer(row["trace"], step or "", f"withdraws {identity}", verdict)
    withdrawal = _row(answer, _lock_end(connection), withdraws=identity)
    write_later(connection, _INSERT, [withdrawal])


def stands() -> ColumnElement[bool]:
    """The rows of the log that count: neither withdrawn nor withdrawing."""
    return and_(verdicts.c.withdraws.is_(None), ~_withdrawn())


def standing() -> Select[Any]:
    """A query for these rows."""
    return select(verdicts).where(stands())


def verdicts_on(connection: Connection, keys: Sequence[int]) -> dict[int, list[Verdict]]:
    """All standing verdicts on each trace, in the order they were given."""
    found: dict[int, list[Verdict]] = {key: [] for key in keys}
    for row in read(connection, asks_verdicts(keys)):
        found[row.trace].append(verdict_of(row._asdict()))
    return found


def asks_verdicts(keys: Sequence[int]) -> Ask:
    """What `verdicts_on` reads."""
    return Ask(_ON, {"keys": list(keys)})


def seconds_given(connection: Connection) -> list[float]:
    """How long experts took for the labels they timed."""
    timed = standing().where(verdicts.c.seconds.is_not(None)).subquery()
    return list(connection.execute(select(timed.c.seconds)).scalars())


def check_chain(connection: Connection) -> Chain:
    """Recompute the log's hashes, and that each row belongs to the step it names.

    Raises:
        StoreError: A row was changed, removed or put in after the fact.
    """

    @lru_cache(maxsize=64)
    def texts(key: int) -> tuple[str, ...]:
        body = connection.execute(select(traces.c.body).where(traces.c.key == key)).scalar()
        return tuple(step.text for step in Trace.model_validate_json(body).steps) if body else ()

    def step_text(row: Mapping[str, Any]) -> str | None:
        judged = texts(row["trace"])
        return judged[row["step"]] if row["step"] < len(judged) else None

    return check_log(_rows(connection), step_text)


def hash_at(connection: Connection, rows: int) -> str:
    """The hash of the log when it had so many rows; empty if it never had."""
    if not rows:
        return GENESIS
    query = select(verdicts.c.hash).order_by(verdicts.c.key).limit(1).offset(rows - 1)
    return connection.execute(query).scalar() or ""


def log_lines(connection: Connection, *, words: bool = True) -> Iterator[dict[str, Any]]:
    """The whole log, withdrawals included, as lines that `triage.verdictlog` can check anywhere.

    Args:
        words: Whether notes, corrections and the salts that bind texts go with it.
    """
    for row in _rows(connection):
        line = {name: row[name] for name in (*CHAINED, "hash")}
        yield line | {name: row[name] if words else None for name in _ERASABLE}


def answer_id(verdict: Verdict) -> str:
    """An id for a verdict that came without one: the same label at the same time is the same.

    Free text plays no part, so that the id can stay when the text is forgotten.
    """
    plain = verdict.model_dump_json(exclude={"note", "correction"})
    return hashlib.sha256(plain.encode()).hexdigest()


def _row(answer: Answer, previous: str, withdraws: str | None) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    verdict = answer.verdict
    row: dict[str, Any] = verdict.model_dump(mode="json") | {
        "answer_id": answer.identity,
        "trace": answer.trace,
        "withdraws": withdraws,
        "salt": salt,
        "said_digest": said_digest(salt, verdict.note, verdict.correction),
        "step_digest": step_digest(salt, answer.step_text),
        "previous": previous,
    }
    return row | {"hash": row_hash(row)}


def _lock_end(connection: Connection) -> str:
    """The log's last hash, to which nobody else adds before the transaction ends.

    SQLite has one writer, and needs no lock.
    """
    newest = Ask(_NEWEST, {})
    read_ahead(connection, [Ask(_LOCKED, {}), newest])
    return next((row.hash for row in read(connection, newest)), GENESIS)


def _withdrawn() -> ColumnElement[bool]:
    other = verdicts.alias()
    return select(literal(1)).where(other.c.withdraws == verdicts.c.answer_id).exists()


_FIND: Final = select(verdicts, stands().label("stands")).where(
    verdicts.c.answer_id == bindparam("id")
)
_LOCKED: Final = text(f"SELECT pg_advisory_xact_lock({_LOCK})")
_NEWEST: Final = select(verdicts.c.hash).order_by(verdicts.c.key.desc()).limit(1)
_INSERT: Final = insert(verdicts).inline()
_ON: Final = (
    standing()
    .where(verdicts.c.trace.in_(bindparam("keys", expanding=True)))
    .order_by(verdicts.c.key)
)


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    every = select(verdicts).order_by(verdicts.c.key).execution_options(yield_per=1000)
    for row in connection.execute(every).mappings():
        yield {str(name): value for name, value in row.items()}


def _named(verdict: Verdict) -> dict[str, Any]:
    """What tells an answer from another with the same id, less what can be forgotten."""
    return verdict.model_dump(mode="json", exclude={"note", "correction", "seconds"})


def _step_text(connection: Connection, key: int, step: int) -> str | None:
    body = connection.execute(select(traces.c.body).where(traces.c.key == key)).scalar()
    return Trace.model_validate_json(body).steps[step].text if body else None


def verdict_of(row: Mapping[Any, Any]) -> Verdict:
    """A row of the log as a record."""
    return Verdict.model_validate({name: row[name] for name in Verdict.model_fields})
