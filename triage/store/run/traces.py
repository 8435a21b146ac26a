"""Keeps traces: each id once, in revisions when a trace is revised on purpose."""

import time
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from triage.records import Trace
from triage.store.ahead import Ask, read
from triage.store.tables.schema import traces

_CHUNK: Final = 5_000


class Incoming(NamedTuple):
    """A trace on its way in, with where it stood and what tells it from another."""

    trace: Trace
    content_hash: str
    source: str


class Stored(NamedTuple):
    """A trace in the store; `body` is its JSON."""

    key: int
    steps: int
    domain: str
    body: bytes

    def trace(self) -> Trace:
        """Read the record back."""
        return read_trace(self.body)


@lru_cache(maxsize=256)
def read_trace(body: bytes) -> Trace:
    """A trace from its JSON; the same one comes again with each of its steps."""
    return Trace.model_validate_json(body)


class Taken(Enum):
    """What became of an incoming trace."""

    NEW = auto()
    KNOWN = auto()
    REVISED = auto()
    REFUSED = auto()
    FORGOTTEN = auto()
    """Refused, as the store was told to forget what it had under this id."""


class Admission(NamedTuple):
    """What became of one incoming trace, and its key unless it was refused."""

    taken: Taken
    key: int | None


def admit(connection: Connection, incoming: Sequence[Incoming], *, revise: bool) -> list[Admission]:
    """Store a batch of traces; the same id with the same content is known and changes nothing.

    Args:
        revise: Whether the same id with other content, or with content that was forgotten, becomes
            a new revision instead of being refused.

    Returns:
        For each trace, in order, what became of it.
    """
    known = _newest(connection, [item.trace.id for item in incoming])
    fresh: list[dict[str, object]] = []
    taken: list[tuple[Taken, str]] = []
    for item in incoming:
        before = known.get(item.trace.id)
        if before is not None and before.content_hash == item.content_hash:
            taken.append((Taken.KNOWN, item.trace.id))
            continue
        if before is not None and not revise:
            forgotten = before.content_hash is None
            taken.append((Taken.FORGOTTEN if forgotten else Taken.REFUSED, item.trace.id))
            continue
        number = 1 if before is None else before.number + 1
        known[item.trace.id] = _Revision(None, item.content_hash, number)
        taken.append((Taken.NEW if before is None else Taken.REVISED, item.trace.id))
        fresh.append(_row(item, number))
    if fresh:
        connection.execute(insert(traces), fresh)
        known = _newest(connection, [item.trace.id for item in incoming])
    return [
        Admission(what, None if what in (Taken.REFUSED, Taken.FORGOTTEN) else known[identity].key)
        for what, identity in taken
    ]


def find_traces(connection: Connection, identities: Iterable[str]) -> dict[str, Stored | None]:
    """The newest revision of each trace that is known; None for those that were forgotten."""
    found: dict[str, Stored | None] = {}
    for row in read(connection, asks_traces(identities)):
        stored = Stored(row.key, row.steps, row.domain, row.body)
        found[row.id] = None if row.body is None else stored
    return found


def asks_traces(identities: Iterable[str]) -> Ask:
    """What `find_traces` reads."""
    return Ask(_FIND, {"ids": sorted(set(identities))})


def stored_at(connection: Connection, keys: Sequence[int]) -> list[Stored]:
    """The revisions with these keys that are not forgotten, in order of arrival."""
    rows = connection.execute(
        select(traces.c.key, traces.c.steps, traces.c.domain, traces.c.body)
        .where(traces.c.key.in_(bindparam("keys", expanding=True)), traces.c.body.is_not(None))
        .order_by(traces.c.key),
        {"keys": list(keys)},
    )
    return [Stored(row.key, row.steps, row.domain, row.body) for row in rows]


def forgotten(connection: Connection, keys: Iterable[int]) -> set[int]:
    """Those of some traces whose text was erased: nothing about them may be kept any more."""
    return set(connection.execute(_FORGOTTEN, {"keys": list(keys)}).scalars())


def came_in(connection: Connection, keys: Sequence[int]) -> dict[int, float]:
    """When traces came in, in Unix seconds."""
    found: dict[int, float] = {}
    for start in range(0, len(keys), _CHUNK):
        query = select(traces.c.key, traces.c.added_at)
        query = query.where(traces.c.key.in_(keys[start : start + _CHUNK]))
        found |= {row.key: row.added_at for row in connection.execute(query)}
    return found


def domains_there(connection: Connection) -> list[str]:
    """The domains of all traces in the store, in alphabetical order."""
    return list(connection.scalars(select(traces.c.domain).distinct().order_by(traces.c.domain)))


def trace_at(connection: Connection, key: int) -> Trace:
    """The trace in one revision, which must not be forgotten."""
    body = connection.execute(select(traces.c.body).where(traces.c.key == key)).scalar_one()
    return read_trace(body)


def lock_traces(connection: Connection, keys: Iterable[int]) -> None:
    """Let others decide on these traces only after this transaction. Needs a writing transaction.

    Whoever needs several takes them together, and after the batches they are in: two who wait for
    each other would wait for ever.
    """
    # SQLite has one writer, and its transaction is as good as a lock on everything
    if connection.dialect.name == "postgresql":
        read(connection, asks_lock(keys))


def asks_lock(keys: Iterable[int]) -> Ask:
    """What `lock_traces` reads."""
    return Ask(_LOCK, {"keys": sorted(keys)})


class _Revision(NamedTuple):
    key: int | None
    content_hash: str | None
    number: int


def _newest(connection: Connection, identities: Iterable[str]) -> dict[str, _Revision]:
    rows = connection.execute(
        select(traces.c.id, traces.c.key, traces.c.content_hash, traces.c.revision)
        .where(traces.c.id.in_(bindparam("ids", expanding=True)))
        .order_by(traces.c.revision),
        {"ids": list(set(identities))},
    )
    return {row.id: _Revision(row.key, row.content_hash, row.revision) for row in rows}


def _row(item: Incoming, number: int) -> dict[str, object]:
    trace = item.trace
    return {
        "id": trace.id,
        "revision": number,
        "content_hash": item.content_hash,
        "domain": trace.domain,
        "group": trace.group,
        "steps": len(trace.steps),
        "body": trace.model_dump_json(exclude_defaults=True).encode(),
        "source": item.source,
        "added_at": time.time(),
        "forgotten_at": None,
    }


_FIND: Final = (
    select(traces.c.id, traces.c.key, traces.c.steps, traces.c.domain, traces.c.body)
    .where(traces.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(traces.c.revision)
)
_FORGOTTEN: Final = select(traces.c.key).where(
    traces.c.key.in_(bindparam("keys", expanding=True)), traces.c.body.is_(None)
)
_LOCK: Final = (
    select(traces.c.key)
    .where(traces.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(traces.c.key)
    .with_for_update()
)
