"""Copies the store while it is in use."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from triage.errors import StoreError, UsageError


def copy_store(engine: Engine, target: Path) -> int:
    """Copy a SQLite store, as it is at one moment, into an empty file.

    Readers and writers of the store go on meanwhile; what they write after the start is left out.

    Returns:
        The size of the copy, in bytes.

    Raises:
        UsageError: The store is no SQLite file.
        StoreError: The copy is not sound, or could not be made.
    """
    if engine.dialect.name != "sqlite":
        raise UsageError(
            "a PostgreSQL store is backed up with PostgreSQL's own tools: pg_dump --format=custom"
        )
    with closing(sqlite3.connect(target)) as copy:
        connection = engine.raw_connection()
        try:
            # all pages in one go: in pieces, every write to the store would start it over
            source = connection.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise UsageError("backup knows the sqlite3 driver only: use a sqlite:/// URL")
            source.backup(copy, pages=-1)
            # one file that needs no companion, until somebody opens it as a store
            copy.execute("PRAGMA journal_mode = DELETE")
            (found,) = copy.execute("PRAGMA quick_check").fetchone()
        except sqlite3.Error as why:
            raise StoreError(f"the copy failed: {why}") from why
        finally:
            connection.close()
    if found != "ok":
        raise StoreError(f"the store is damaged ({found}): restore an earlier backup")
    return target.stat().st_size
