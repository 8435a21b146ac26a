"""Writes with the next trip: to a database server on a busy machine a trip costs more than work.

What nobody waits for is written just before whatever is read next, or with the commit; so is the
beginning of a transaction. What fails there fails here, and nothing of the transaction is stored.
With SQLite there are no trips: all is written at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]

_LATER: WeakKeyDictionary[Connection, list[tuple[Executable, Rows] | None]] = WeakKeyDictionary()
"""What is to be sent on a connection yet; None stands for the transaction's beginning."""


def write_later(connection: Connection, statement: Executable, rows: Rows) -> None:
    """Write before whatever is read next, or with the commit; at once where nothing has begun.

    Args:
        statement: Gives nothing back.
    """
    if connection.dialect.name == "postgresql" and connection.in_transaction():
        _LATER.setdefault(connection, []).append((statement, rows))
    else:
        connection.execute(statement, rows)


def waits(connection: Connection) -> bool:
    """Whether something is to be sent before the next statement."""
    return connection in _LATER


def send(connection: Connection) -> None:
    """Send what was to be written later."""
    if waits(connection):
        with pipeline(connection):
            pass


def commit(connection: Connection) -> None:
    """Commit, in one trip with what was to be written later, if anything was."""
    if _LATER.get(connection) == [None]:
        del _LATER[connection]  # it has never begun
    elif waits(connection):
        # the driver's own commit would make two trips of it, and finds nothing more to do
        with pipeline(connection) as raw:
            raw.cursor().execute("COMMIT")


@contextmanager
def pipeline(connection: Connection) -> Iterator[Any]:
    """Send all that is executed within in one trip, after what was to be written later.

    Gives the driver's connection. Nothing within may read what it needs at once.
    """
    raw: Any = connection.connection.dbapi_connection
    errors: Any = connection.dialect.loaded_dbapi
    try:
        with raw.pipeline():
            for one in _LATER.pop(connection, []):
                if one is None:
                    raw.cursor().execute("BEGIN")
                else:
                    connection.execute(*one)
            yield raw
    except errors.Error as why:
        raise DBAPIError.instance(
            None, None, why, errors.Error, dialect=connection.dialect
        ) from why


def gather(engine: Engine) -> None:
    """Let the transactions of an engine for PostgreSQL send what can wait with what can't.

    Its driver must leave the beginning of transactions to us.
    """
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", lambda connection, *_: send(connection))
    event.listen(engine, "commit", send)
    event.listen(engine, "rollback", lambda connection: _LATER.pop(connection, None))


def _begin(connection: Connection) -> None:
    # who asks for this wants no transaction
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        _LATER[connection] = [None]
