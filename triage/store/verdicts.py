"""Keeps what people said: an append-only log in which each row's hash covers the one before."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, insert, select

from triage.errors import StoreError
from triage.records import Verdict
from triage.store.schema import verdicts

GENESIS: Final = "0" * 64
"""What the first row names as the hash before it."""

_CHAINED: Final = (
    "answer_id", "trace_id", "step", "label", "inherits_error", "expert", "by", "mode", "seconds",
    "at", "text_digest", "previous",
)  # fmt: skip


def append_verdicts(
    connection: Connection, answers: Iterable[tuple[int, str, Verdict]]
) -> list[bool]:
    """Add verdicts to the log's end. Needs a writing transaction.

    Args:
        answers: The trace's key, the answer's own id and the verdict.

    Returns:
        For each, whether it was new; an answer id that is there already counts as stored.
    """
    previous = _last_hash(connection)
    new = []
    for key, answer_id, verdict in answers:
        known = select(verdicts.c.key).where(verdicts.c.answer_id == answer_id)
        if connection.execute(known).first() is not None:
            new.append(False)
            continue
        row = _row(key, answer_id, verdict, previous)
        connection.execute(insert(verdicts), [row])
        previous = row["hash"]
        new.append(True)
    return new


def verdicts_on(connection: Connection, keys: Sequence[int]) -> dict[int, list[Verdict]]:
    """All verdicts on each trace, in the order they were given."""
    rows = connection.execute(
        select(verdicts).where(verdicts.c.trace.in_(keys)).order_by(verdicts.c.key)
    )
    found: dict[int, list[Verdict]] = {key: [] for key in keys}
    for row in rows.mappings():
        found[row["trace"]].append(_verdict(row))
    return found


def check_chain(connection: Connection) -> int:
    """Recompute the log's hashes.

    Returns:
        How many verdicts there are.

    Raises:
        StoreError: A row was changed, removed or put in after the fact.
    """
    previous, count = GENESIS, 0
    for mapping in connection.execute(select(verdicts).order_by(verdicts.c.key)).mappings():
        row = {str(name): value for name, value in mapping.items()}
        intact = row["previous"] == previous and row["hash"] == _hash(row)
        if row["salt"] is not None:
            intact = intact and row["text_digest"] == _digest(row)
        if not intact:
            raise StoreError(f"the verdict log was altered at row {row['key']}: restore a backup")
        previous, count = row["hash"], count + 1
    return count


def answer_id(verdict: Verdict) -> str:
    """An id for a verdict that came without one: the same words at the same time are the same."""
    return hashlib.sha256(verdict.model_dump_json().encode()).hexdigest()


def _last_hash(connection: Connection) -> str:
    last = select(verdicts.c.hash).order_by(verdicts.c.key.desc()).limit(1)
    return connection.execute(last).scalar() or GENESIS


def _row(key: int, identity: str, verdict: Verdict, previous: str) -> dict[str, Any]:
    row: dict[str, Any] = verdict.model_dump(mode="json")
    row |= {
        "answer_id": identity,
        "trace": key,
        "salt": secrets.token_hex(16),
        "previous": previous,
    }
    row["text_digest"] = _digest(row)
    row["hash"] = _hash(row)
    return row


def _digest(row: Mapping[str, Any]) -> str:
    # free text enters the chain under a salt of its own: with both erased nothing can be guessed
    text = orjson.dumps([row["note"], row["correction"]])
    return hmac.new(bytes.fromhex(row["salt"]), text, hashlib.sha256).hexdigest()


def _hash(row: Mapping[str, Any]) -> str:
    content = orjson.dumps({name: row[name] for name in _CHAINED}, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()


def _verdict(row: Mapping[Any, Any]) -> Verdict:
    fields = {name: row[name] for name in Verdict.model_fields}
    return Verdict.model_validate(fields)
