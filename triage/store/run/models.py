"""Keeps what was learnt from expert labels: every version stays, the latest is used."""

import time
from typing import Final, NamedTuple

from sqlalchemy import Connection, insert, select

from triage.store.ahead import Ask, read
from triage.store.tables.schema import models


class KeptModel(NamedTuple):
    """A model as it was stored; `version` is the hash of its content, `body` its JSON."""

    version: str
    body: bytes
    at: float


def keep_model(connection: Connection, version: str, body: bytes) -> None:
    """Make a model the one that is used. Needs a transaction."""
    latest = latest_model(connection)
    if latest is None or latest.version != version:
        row = {"version": version, "body": body, "at": time.time()}
        connection.execute(insert(models), [row])


def latest_model(connection: Connection) -> KeptModel | None:
    """The model in use; None before the first."""
    for row in read(connection, asks_model()):
        return KeptModel(row.version, row.body, row.at)
    return None


def asks_model() -> Ask:
    """What `latest_model` reads."""
    return Ask(_LATEST, {})


_LATEST: Final = (
    select(models.c.version, models.c.body, models.c.at).order_by(models.c.key.desc()).limit(1)
)
