"""Finds the steps of batches that people label blind, for a certificate or a hidden audit."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, and_, bindparam, or_, select

from triage.records import Action
from triage.store.ahead import Ask, read
from triage.store.certification.batches import Member, member_of
from triage.store.tables.schema import batch_steps, batches, steps, verdicts


def drawn_of(connection: Connection, batch: int, attempt: int) -> list[Member]:
    """The steps that an attempt drew, the safest first."""
    query = select(batch_steps).where(batch_steps.c.batch == batch)
    query = query.where(batch_steps.c.drawn == attempt).order_by(batch_steps.c.rank)
    return [member_of(row) for row in connection.execute(query)]


def unlabelled(connection: Connection, batch: int, attempt: int) -> bool:
    """Whether nobody has said anything yet of some step that an attempt drew."""
    said = select(verdicts.c.key).where(
        verdicts.c.trace == batch_steps.c.trace, verdicts.c.step == batch_steps.c.step
    )
    query = select(batch_steps.c.rank).where(
        batch_steps.c.batch == batch, batch_steps.c.drawn == attempt, ~said.exists()
    )
    return connection.execute(query.limit(1)).first() is not None


def watched_of(connection: Connection, batch: int) -> list[Member]:
    """The accepted steps that were drawn for a hidden audit."""
    query = select(batch_steps).where(batch_steps.c.batch == batch)
    query = query.where(batch_steps.c.watched_at.is_not(None)).order_by(batch_steps.c.rank)
    return [member_of(row) for row in connection.execute(query)]


def accepted_undecided(connection: Connection, batch: int) -> list[Member]:
    """The accepted steps of a batch that no human has labelled and no audit has drawn."""
    query = (
        select(batch_steps)
        .join(
            steps,
            and_(steps.c.trace == batch_steps.c.trace, steps.c.step == batch_steps.c.step),
        )
        .where(
            batch_steps.c.batch == batch,
            batch_steps.c.drawn == 0,
            batch_steps.c.watched_at.is_(None),
            steps.c.action == Action.ACCEPT.value,
            steps.c.settled.is_(False),
        )
        .order_by(batch_steps.c.rank)
    )
    return [member_of(row) for row in connection.execute(query)]


def sampled_in(connection: Connection, keys: Sequence[int]) -> set[int]:
    """The batches that have a drawn or a watched step in some traces.

    Held from here on to the transaction's end: what is due next is seen by whoever comes last.
    """
    return {row.key for row in read(connection, asks_sampled(keys))}


def asks_sampled(keys: Sequence[int]) -> Ask:
    """What `sampled_in` reads."""
    return Ask(_SAMPLED, {"keys": list(keys)})


_SAMPLED: Final = (
    select(batches.c.key)
    .where(
        batches.c.key.in_(
            select(batch_steps.c.batch).where(
                batch_steps.c.trace.in_(bindparam("keys", expanding=True)),
                or_(batch_steps.c.drawn > 0, batch_steps.c.watched_at.is_not(None)),
            )
        )
    )
    .order_by(batches.c.key)
    .with_for_update()
)


def asked_turns(connection: Connection, domain: str) -> list[float]:
    """The places in the queue of the steps of a domain that wait for an expert."""
    query = select(steps.c.turn).where(
        steps.c.settled.is_(False), steps.c.action == Action.ASK.value, steps.c.domain == domain
    )
    return list(connection.execute(query.order_by(steps.c.turn)).scalars())
