"""Keeps webhooks and the messages that are to go to them, until they arrive or are given up."""

import secrets
import time
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from triage.records.job import Delivery, Webhook
from triage.store.tables.job_tables import deliveries, jobs, webhooks

_ERROR: Final = 500
"""Characters that are kept of what went wrong."""


class Due(NamedTuple):
    """A message that is to go out now."""

    key: int
    id: str
    webhook: str
    url: str
    secret: str
    body: bytes
    attempts: int


def make_webhook(
    connection: Connection, owner: str, url: str, secret: str, job: str | None = None
) -> Webhook:
    """Note an address; with a job, of that one only."""
    row = {
        "id": f"wh_{secrets.token_hex(8)}",
        "owner": owner,
        "url": url,
        "secret": secret,
        "job": job,
        "made_at": time.time(),
    }
    connection.execute(insert(webhooks), row)
    if job is not None:
        connection.execute(update(jobs).where(jobs.c.id == job).values(webhook=row["id"]))
    return Webhook(**row)


def drop_webhook(connection: Connection, identity: str) -> None:
    """Remove a webhook that nobody was told of."""
    connection.execute(delete(webhooks).where(webhooks.c.id == identity))


def find_webhook(
    connection: Connection, identity: str, owner: str | None, *, with_secret: bool = False
) -> Webhook | None:
    """A webhook by its id; None if there is none, or it is not the owner's."""
    query = select(webhooks).where(webhooks.c.id == identity)
    if owner is not None:
        query = query.where(webhooks.c.owner == owner)
    row = connection.execute(query).first()
    return None if row is None else _told(row, with_secret=with_secret)


def list_webhooks(connection: Connection, owner: str | None) -> list[Webhook]:
    """The webhooks that are not tied to one job, newest first; of one owner, or of all."""
    query = select(webhooks).where(webhooks.c.job.is_(None), webhooks.c.ended_at.is_(None))
    if owner is not None:
        query = query.where(webhooks.c.owner == owner)
    return [_told(row) for row in connection.execute(query.order_by(webhooks.c.made_at.desc()))]


def end_webhook(connection: Connection, identity: str, why: str) -> None:
    """Send nothing there any more."""
    connection.execute(
        update(webhooks)
        .where(webhooks.c.id == identity, webhooks.c.ended_at.is_(None))
        .values(ended_at=time.time(), why_ended=why)
    )
    connection.execute(
        update(deliveries).where(deliveries.c.webhook == identity).values(next_at=None)
    )


def post(connection: Connection, owner: str, job: str, body: bytes) -> None:
    """Leave a message about a job for every webhook that is to have it."""
    mine = webhooks.c.job.is_(None) & (webhooks.c.owner == owner)
    query = select(webhooks.c.id).where(
        webhooks.c.ended_at.is_(None), or_(mine, webhooks.c.job == job)
    )
    now = time.time()
    rows = [
        {
            "id": f"msg_{secrets.token_hex(12)}",
            "webhook": webhook,
            "job": job,
            "body": body,
            "attempts": 0,
            "next_at": now,
            "made_at": now,
        }
        for webhook in connection.execute(query).scalars()
    ]
    if rows:
        connection.execute(insert(deliveries), rows)


def due(connection: Connection, limit: int) -> list[Due]:
    """The messages whose time has come, the longest waiting first."""
    query = (
        select(deliveries, webhooks.c.url, webhooks.c.secret)
        .join(webhooks, webhooks.c.id == deliveries.c.webhook)
        .where(deliveries.c.next_at <= time.time())
        .order_by(deliveries.c.next_at)
        .limit(limit)
    )
    return [
        Due(row.key, row.id, row.webhook, row.url, row.secret, row.body, row.attempts)
        for row in connection.execute(query)
    ]


def next_due(connection: Connection) -> float | None:
    """When the next message goes out, in Unix seconds; None if none waits."""
    return connection.execute(select(func.min(deliveries.c.next_at))).scalar()


def note_attempt(
    connection: Connection,
    key: int,
    *,
    status: int | None,
    error: str | None,
    next_at: float | None,
) -> None:
    """Note what came of sending a message; without an error it has arrived."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.key == key)
        .values(
            attempts=deliveries.c.attempts + 1,
            status=status,
            error=None if error is None else error[:_ERROR],
            next_at=next_at,
            delivered_at=time.time() if error is None else None,
        )
    )


def list_deliveries(
    connection: Connection, webhook: str, before: int | None, limit: int
) -> list[tuple[int, Delivery]]:
    """The messages of a webhook with their numbers, newest first."""
    query = select(deliveries).where(deliveries.c.webhook == webhook)
    if before is not None:
        query = query.where(deliveries.c.key < before)
    names = list(Delivery.model_fields)
    rows = connection.execute(query.order_by(deliveries.c.key.desc()).limit(limit))
    return [
        (row["key"], Delivery(**{name: row[name] for name in names})) for row in rows.mappings()
    ]


def _told(row: Row[Any], *, with_secret: bool = False) -> Webhook:
    return Webhook(
        id=row.id,
        owner=row.owner,
        url=row.url,
        job=row.job,
        secret=row.secret if with_secret else None,
        made_at=row.made_at,
        ended_at=row.ended_at,
        why_ended=row.why_ended,
    )
