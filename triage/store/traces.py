"""Keeps traces: each id once, in revisions when a trace is revised on purpose."""

import time
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from triage.records import Trace
from triage.store.schema import traces


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
        return Trace.model_validate_json(self.body)


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
    rows = connection.execute(
        select(traces.c.id, traces.c.key, traces.c.steps, traces.c.domain, traces.c.body)
        .where(traces.c.id.in_(bindparam("ids", expanding=True)))
        .order_by(traces.c.revision),
        {"ids": list(set(identities))},
    )
    for row in rows:
        stored = Stored(row.key, row.steps, row.domain, row.body)
        found[row.id] = None if row.body is None else stored
    return found


def forgotten(connection: Connection, keys: Iterable[int]) -> set[int]:
    """Those of some traces whose text was erased: nothing about them may be kept any more."""
    rows = connection.execute(
        select(traces.c.key).where(traces.c.key.in_(list(keys)), traces.c.body.is_(None))
    )
    return set(rows.scalars())


def trace_at(connection: Connection, key: int) -> Trace:
    """The trace in one revision, which must not be forgotten."""
    body = connection.execute(select(traces.c.body).where(traces.c.key == key)).scalar_one()
    return Trace.model_validate_json(body)


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
