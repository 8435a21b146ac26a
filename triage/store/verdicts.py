"""Keeps what people said: an append-only, hash-chained log."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, RowMapping, Select, insert, literal, select, text

from triage.errors import StoreError
from triage.records import DecidedBy, Label, Mode, Trace, Verdict
from triage.store.schema import traces, verdicts
from triage.verdictlog import CHAINED, GENESIS, Chain, check_log, row_hash, said_digest, step_digest

_ERASABLE: Final = ("salt", "note", "correction")
_LOCK: Final = 7_316_402_985
"""PostgreSQL's advisory lock that keeps appends one after the other."""


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


class Appended(NamedTuple):
    """A verdict's number in the log, and whether it came in just now."""

    number: int
    new: bool


class Said(NamedTuple):
    """An answer in the log.

    Attributes:
        trace: The key of the trace's revision that was judged.
        stands: Whether it was not taken back.
    """

    trace: int
    verdict: Verdict
    stands: bool


def append_verdict(connection: Connection, answer: Answer) -> Appended | None:
    """Add a verdict to the log's end. Needs a writing transaction.

    Returns:
        Where it stands, new or known before; None if its id belongs to another verdict.
    """
    known = connection.execute(
        select(verdicts).where(verdicts.c.answer_id == answer.identity)
    ).mappings()
    if (before := known.first()) is not None:
        same = all(before[name] == value for name, value in _named(answer.verdict).items())
        return Appended(before["key"], new=False) if same else None
    return Appended(_append(connection, answer, withdraws=None), new=True)


def lock_log(connection: Connection) -> None:
    """Let answers in one after the other from here on. Needs a writing transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def find_answer(connection: Connection, identity: str) -> Said | None:
    """The answer of an id; None if there is none."""
    query = select(verdicts).where(verdicts.c.answer_id == identity, verdicts.c.withdraws.is_(None))
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    taken_back = select(verdicts.c.key).where(verdicts.c.withdraws == identity)
    stands = connection.execute(taken_back).first() is None
    return Said(row["trace"], _verdict(row), stands)


def latest_answers(connection: Connection, expert: str, count: int) -> list[str]:
    """The ids of an expert's latest standing answers, newest first."""
    query = standing().where(verdicts.c.expert == expert).order_by(verdicts.c.key.desc())
    return [row["answer_id"] for row in connection.execute(query.limit(count)).mappings()]


def standing_under(connection: Connection, prefix: str) -> list[tuple[str, Verdict]]:
    """The standing answers whose ids begin in this way, newest first."""
    query = standing().where(verdicts.c.answer_id.startswith(prefix, autoescape=True))
    rows = connection.execute(query.order_by(verdicts.c.key.desc())).mappings()
    return [(row["answer_id"], _verdict(row)) for row in rows]


def is_known(connection: Connection, identity: str) -> bool:
    """Whether an answer with this id is in the log, standing or not."""
    query = select(verdicts.c.key).where(verdicts.c.answer_id == identity)
    return connection.execute(query).first() is not None


def withdraw_verdict(connection: Connection, identity: str, at: datetime) -> None:
    """Take an answer back: it stays in the log and no longer counts. Needs a writing transaction.

    Raises:
        StoreError: There is no such answer.
    """
    row = connection.execute(standing().where(verdicts.c.answer_id == identity)).mappings().first()
    if row is None:
        raise StoreError(f"no answer {identity!r} stands in the verdict log")
    step = _step_text(connection, row["trace"], row["step"])
    verdict = _verdict(row).model_copy(update={"at": at, "note": None, "correction": None})
    answer = Answer(row["trace"], step or "", f"withdraws {identity}", verdict)
    _append(connection, answer, withdraws=identity)


def standing() -> Select[Any]:
    """The rows of the log that count: neither withdrawn nor withdrawing."""
    other = verdicts.alias()
    withdrawn = select(literal(1)).where(other.c.withdraws == verdicts.c.answer_id).exists()
    return select(verdicts).where(verdicts.c.withdraws.is_(None), ~withdrawn)


def verdicts_on(connection: Connection, keys: Sequence[int]) -> dict[int, list[Verdict]]:
    """All standing verdicts on each trace, in the order they were given."""
    rows = connection.execute(standing().where(verdicts.c.trace.in_(keys)).order_by(verdicts.c.key))
    found: dict[int, list[Verdict]] = {key: [] for key in keys}
    for row in rows.mappings():
        found[row["trace"]].append(_verdict(row))
    return found


def seconds_given(connection: Connection) -> list[float]:
    """How long experts took for the labels they timed."""
    timed = standing().where(verdicts.c.seconds.is_not(None)).subquery()
    return list(connection.execute(select(timed.c.seconds)).scalars())


class Own(NamedTuple):
    """An answer of one expert's own, with the domain of its trace."""

    answer_id: str
    domain: str
    verdict: Verdict


def said_by(connection: Connection, expert: str) -> list[Own]:
    """An expert's standing verdicts, resolutions left out, in the order of the log."""
    said = standing().where(verdicts.c.expert == expert, verdicts.c.by == DecidedBy.EXPERT.value)
    rows = said.add_columns(traces.c.domain).join(traces, traces.c.key == verdicts.c.trace)
    return [
        Own(row["answer_id"], row["domain"], _verdict(row))
        for row in connection.execute(rows.order_by(verdicts.c.key)).mappings()
    ]


def resolutions_of(connection: Connection, expert: str) -> list[tuple[str, Label, Label]]:
    """Domain, the expert's last blind label and the adjudicator's, of steps resolved by others."""
    mine = {
        (row.trace, row.step): Label(row.label)
        for row in connection.execute(
            standing()
            .where(
                verdicts.c.expert == expert,
                verdicts.c.by == DecidedBy.EXPERT.value,
                verdicts.c.mode == Mode.BLIND.value,
            )
            .order_by(verdicts.c.key)
        )
    }
    resolved = standing().where(
        verdicts.c.by == DecidedBy.ADJUDICATOR.value, verdicts.c.expert != expert
    )
    rows = resolved.add_columns(traces.c.domain).join(traces, traces.c.key == verdicts.c.trace)
    truths = {
        (row.trace, row.step): (row.domain, Label(row.label))
        for row in connection.execute(rows.order_by(verdicts.c.key))
    }
    return [(domain, mine[at], truth) for at, (domain, truth) in truths.items() if at in mine]


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


def _append(connection: Connection, answer: Answer, withdraws: str | None) -> int:
    lock_log(connection)
    salt = secrets.token_hex(16)
    verdict = answer.verdict
    row: dict[str, Any] = verdict.model_dump(mode="json") | {
        "answer_id": answer.identity,
        "trace": answer.trace,
        "withdraws": withdraws,
        "salt": salt,
        "said_digest": said_digest(salt, verdict.note, verdict.correction),
        "step_digest": step_digest(salt, answer.step_text),
        "previous": _last_hash(connection),
    }
    row["hash"] = row_hash(row)
    return int(connection.execute(insert(verdicts).returning(verdicts.c.key), row).scalar_one())


def _last_hash(connection: Connection) -> str:
    last = select(verdicts.c.hash).order_by(verdicts.c.key.desc()).limit(1)
    return connection.execute(last).scalar() or GENESIS


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


def _verdict(row: RowMapping) -> Verdict:
    return Verdict.model_validate({name: row[name] for name in Verdict.model_fields})
