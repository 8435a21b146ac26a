"""Moves SQLite's log into its database file where nobody waits for the disk."""

from typing import Any, Final

from sqlalchemy import Connection, Engine

_LEFT: Final = "checkpoints are left to others"
_MOST_PAGES: Final = 16_000
"""64 MB of log: a connection that leaves checkpoints to others makes one itself from there on."""


def leave_checkpoints(connection: Connection) -> None:
    """Have the commits of a connection wait for no checkpoint, and so for no disk.

    A commit to SQLite's log is a write to a file, but every few hundredth one moves the log into
    the database and waits until the disk has both: milliseconds, or a tenth of a second on a disk
    with other work. Whoever leaves that to others calls `checkpoint` now and then.
    """
    if connection.dialect.name == "sqlite" and not connection.info.get(_LEFT):
        raw: Any = connection.connection.driver_connection
        raw.execute(f"PRAGMA wal_autocheckpoint = {_MOST_PAGES}")
        connection.info[_LEFT] = True


def checkpoint(engine: Engine) -> None:
    """Move what can be moved of SQLite's log into its database, while others read and write.

    It takes as long as the disk takes: not for an event loop's thread.
    """
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            connection.close()
