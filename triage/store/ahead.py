"""Reads much in one trip: to a database server on a busy machine a trip costs more than the work.

What will be read is named before; the functions that read it find it there. Nothing else changes
for them, and what was not named is read as ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Select
from sqlalchemy.dialects import postgresql

from triage.store.later import pipeline, waits

_Key = tuple[int, frozenset[tuple[str, Any]]]
_AHEAD: WeakKeyDictionary[Connection, dict[_Key, Sequence[Any]]] = WeakKeyDictionary()


class Ask(NamedTuple):
    """A statement that lives as long as the process, and its values: single ones, or lists."""

    statement: Any
    values: Mapping[str, Any]


def read_ahead(connection: Connection, asks: Iterable[Ask]) -> None:
    """Read, in this order and in one trip, what `read` will be asked for next.

    Each statement sees what was stored before it began, as if it were sent alone: one that locks
    may come first. Needs a transaction. With SQLite there are no trips, and this does nothing.
    """
    if connection.dialect.name != "postgresql":
        return
    from psycopg.rows import namedtuple_row

    cursors = []
    with pipeline(connection) as raw:
        for one in asks:
            sizes = ((name, len(v) if _is_list(v) else None) for name, v in one.values.items())
            made = _compiled(one.statement, tuple(sizes))
            cursor = raw.cursor(row_factory=namedtuple_row)
            cursor.execute(made.text, {**made.fixed, **_flat(one.values)})
            cursors.append((_key(one), cursor))
    read_now = {key: cursor.fetchall() for key, cursor in cursors}
    _AHEAD.setdefault(connection, {}).update(read_now)


def read(connection: Connection, ask: Ask) -> Sequence[Any]:
    """The rows of a statement: those that were read ahead, else read now."""
    if waits(connection):
        read_ahead(connection, [ask])
    known = _AHEAD[connection].pop(_key(ask), None) if connection in _AHEAD else None
    return connection.execute(ask.statement, dict(ask.values)).all() if known is None else known


class _Compiled(NamedTuple):
    text: str
    fixed: Mapping[str, Any]


@lru_cache(maxsize=4096)
def _compiled(statement: Select[Any], sizes: tuple[tuple[str, int | None], ...]) -> _Compiled:
    values = {name: 0 if size is None else [0] * size for name, size in sizes}
    dialect: Any = postgresql.psycopg
    made: Any = statement.compile(dialect=dialect.dialect())
    state = made.construct_expanded_state(values)
    return _Compiled(state.statement, state.parameters)


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if _is_list(value):
            flat |= {f"{name}_{at}": one for at, one in enumerate(value, 1)}
        else:
            flat[name] = value
    return flat


def _key(ask: Ask) -> _Key:
    values = ((name, tuple(v) if _is_list(v) else v) for name, v in ask.values.items())
    return id(ask.statement), frozenset(values)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)
