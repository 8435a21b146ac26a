"""Keeps idempotency keys: what was asked under each, and what it made."""

import time
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from triage.store.tables.job_tables import request_keys

_SECONDS: Final = 7 * 86_400.0
"""How long a key is remembered."""


class Asked(NamedTuple):
    """A request that came under a key before: a hash of all it said, and the id of what it made."""

    body_hash: str
    made: str


def claim(connection: Connection, owner: str, key: str, body_hash: str, made: str) -> Asked | None:
    """Let a key stand for what was made just now. Needs a writing transaction.

    Returns:
        None; or, if the key stands for something already, that: then nothing new should be made.
    """
    mine = (request_keys.c.owner == owner, request_keys.c.key == key)
    connection.execute(delete(request_keys).where(request_keys.c.at <= time.time() - _SECONDS))
    row = {"owner": owner, "key": key, "body_hash": body_hash, "made": made, "at": time.time()}
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    # where another request does the same now, this waits for its end
    new = dialect.insert(request_keys).values(row).on_conflict_do_nothing()
    if connection.execute(new.returning(request_keys.c.key)).first() is not None:
        return None
    query = select(request_keys.c.body_hash, request_keys.c.made)
    return Asked(*connection.execute(query.where(*mine)).one())
