"""Keeps personal links, sessions and keys: random secrets, of which only the SHA-256 is stored.

A secret has 256 random bits, so that a plain hash can't be reversed; passwords are another matter.
"""

import hashlib
import secrets as random_secrets
import time
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, delete, insert, update

from triage.store.tables.schema import secrets


class Secret(StrEnum):
    """What a secret opens."""

    LINK = "link"
    """A personal link: makes sessions until it ends."""
    SESSION = "session"
    KEY = "key"
    """A program's key, sent with every request."""


def make_secret(
    connection: Connection, kind: Secret, name: str, *, seconds: float | None = None
) -> str:
    """Make a secret for an account; this is the only time that it can be read.

    Args:
        seconds: How long it opens anything; None for as long as it is not revoked.
    """
    made = random_secrets.token_urlsafe(32)
    now = time.time()
    row = {
        "digest": digest(made),
        "kind": kind.value,
        "name": name,
        "made_at": now,
        "until": None if seconds is None else now + seconds,
        "revoked_at": None,
    }
    connection.execute(insert(secrets), row)
    return made


def revoke_secret(connection: Connection, kind: Secret, secret: str) -> None:
    """End one secret."""
    _revoke(connection, secrets.c.digest == digest(secret), secrets.c.kind == kind.value)


def revoke_secrets(connection: Connection, name: str, kind: Secret | None = None) -> int:
    """End all secrets of an account, or all of a kind; gives how many were open."""
    which = [secrets.c.name == name]
    if kind is not None:
        which.append(secrets.c.kind == kind.value)
    return _revoke(connection, *which)


def drop_ended(connection: Connection, older_than_seconds: float) -> None:
    """Remove sessions that ended long ago, so that the table stays small."""
    limit = time.time() - older_than_seconds
    connection.execute(
        delete(secrets).where(secrets.c.kind == Secret.SESSION.value, secrets.c.until < limit)
    )


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _revoke(connection: Connection, *which: ColumnElement[bool]) -> int:
    changed = connection.execute(
        update(secrets).where(*which, secrets.c.revoked_at.is_(None)).values(revoked_at=time.time())
    )
    return changed.rowcount
