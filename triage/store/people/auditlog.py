"""Keeps the audit log: who did what to accounts and answers. The database lets it only grow."""

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select

from triage.store.tables.schema import audit


class Act(NamedTuple):
    """One line of the audit log.

    Attributes:
        at: Unix seconds.
        who: Name of the account, or `terminal` for whoever holds the store itself.
        what: The deed, e.g. `sign-in` or `expert-revoked`.
        address: Network address it came from, where it came from one.
    """

    number: int
    at: float
    who: str
    what: str
    about: dict[str, Any]
    address: str | None


def note_act(
    connection: Connection,
    who: str,
    what: str,
    about: Mapping[str, Any] | None = None,
    *,
    address: str | None = None,
) -> None:
    """Add a line. `about` holds names and numbers, never text of a trace or a secret."""
    row = {
        "at": time.time(),
        "who": who,
        "what": what,
        "about": json.dumps(about or {}, ensure_ascii=False, sort_keys=True),
        "address": address,
    }
    connection.execute(insert(audit), row)


def acts(connection: Connection, *, before: int | None = None, limit: int = 100) -> list[Act]:
    """The latest lines, newest first.

    Args:
        before: Only lines with a lower number.
    """
    query = select(audit).order_by(audit.c.key.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.key < before)
    return [
        Act(row.key, row.at, row.who, row.what, json.loads(row.about), row.address)
        for row in connection.execute(query)
    ]
