"""Who works on a store's jobs: one process at a time, and the next as soon as it is gone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

_KEY: Final = 0x7472696167650001
"""Our number among a PostgreSQL database's advisory locks."""


class TakenTurnError(Exception):
    """Another process works on the jobs of this store."""


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """Be the one who works on jobs; the system ends it with this process, however that ends.

    Raises:
        TakenTurnError: Another process is.
    """
    name = engine.url.database
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            query = text("SELECT pg_try_advisory_lock(:key)")
            if not connection.execute(query, {"key": _KEY}).scalar():
                raise TakenTurnError
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})
    elif not name or name == ":memory:":
        yield  # nobody else can see it
    else:
        # not the database's own file: closing any handle of that would end SQLite's own locks
        with Path(f"{name}-jobs").open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as why:
                raise TakenTurnError from why
            yield
