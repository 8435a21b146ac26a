"""Keeps idempotency keys: what was asked under each, and what it made."""

import time
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from triage.store.job_tables import request_keys

_SECONDS: Final = 7 * 86_400.0
"""How long a key is remembered."""


class Asked(NamedTuple):
    """A request that came under a key before: a hash of all it said, and the id of what it made."""

    body_hash: str
    made: str


def asked_before(connection: Connection, owner: str, key: str) -> Asked | None:
    """What an account asked under a key; None if it did not."""
    query = select(request_keys.c.body_hash, request_keys.c.made).where(
        request_keys.c.owner == owner,
        request_keys.c.key == key,
        request_keys.c.at > time.time() - _SECONDS,
    )
    row = connection.execute(query).first()
    return None if row is None else Asked(row.body_hash, row.made)


def remember(connection: Connection, owner: str, key: str, body_hash: str, made: str) -> None:
    """Note what a key stands for; those of long ago are dropped."""
    old = request_keys.c.at <= time.time() - _SECONDS
    connection.execute(delete(request_keys).where(old))
    row = {"owner": owner, "key": key, "body_hash": body_hash, "made": made, "at": time.time()}
    connection.execute(insert(request_keys), row)
