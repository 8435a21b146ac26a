"""Keeps the gold set: steps whose right label is known, and what experts are shown of them."""

import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from triage.records import Action, Label, Record, Trace, Validity
from triage.store.ahead import Ask, read
from triage.store.tables.gold_tables import gold, gold_tasks
from triage.store.tables.schema import steps, traces, verdicts

_CHUNK: Final = 500


class Source(StrEnum):
    """Where a gold label comes from."""

    ADJUDICATED = "adjudicated"
    FILE = "file"


class Taken(StrEnum):
    """What became of a gold step on its way in."""

    NEW = "new"
    KNOWN = "known"
    DIFFERENT = "different"
    """Refused: it is there with another label."""


class GoldBody(Record):
    """What an expert is shown of a gold step, and no more.

    Attributes:
        of: How many steps the trace has.
        texts: The steps up to the one that is judged, in order.
    """

    subject: str | None = None
    problem: str
    options: tuple[str, ...] | None = None
    of: int
    texts: tuple[str, ...]


class Gold(NamedTuple):
    """A gold step in the store."""

    key: int
    domain: str
    trace_id: str
    step: int
    truth: Label | Validity
    source: Source
    body: GoldBody


def add_gold(
    connection: Connection, trace: Trace, step: int, truth: Label | Validity, source: Source
) -> Taken:
    """Put a step into the gold set; one that was retired comes back. Needs a writing transaction.

    The text is kept apart from the trace's: a later revision changes nothing here.
    """
    row: dict[str, Any] = {
        "domain": trace.domain,
        "truth": truth.value,
        "source": source.value,
        "body": _body(trace, step).model_dump_json(exclude_defaults=True).encode(),
        "added_at": time.time(),
        "retired_at": None,
    }
    here = and_(gold.c.trace_id == trace.id, gold.c.step == step)
    known = connection.execute(select(gold.c.truth, gold.c.retired_at).where(here)).first()
    if known is None:
        connection.execute(insert(gold), row | {"trace_id": trace.id, "step": step})
        return Taken.NEW
    if known.retired_at is None:
        return Taken.KNOWN if known.truth == truth.value else Taken.DIFFERENT
    connection.execute(update(gold).where(here).values(**row))
    return Taken.NEW


def retire_gold(connection: Connection, trace_id: str, step: int) -> bool:
    """Take a step out of the gold set; false if it is not in it. Needs a writing transaction."""
    here = and_(gold.c.trace_id == trace_id, gold.c.step == step, gold.c.retired_at.is_(None))
    return connection.execute(update(gold).where(here).values(retired_at=time.time())).rowcount > 0


def gold_sizes(connection: Connection) -> dict[str, int]:
    """How many gold steps there are, by domain."""
    return {row[0]: row[1] for row in read(connection, asks_sizes())}


def asks_sizes() -> Ask:
    """What `gold_sizes` reads."""
    return Ask(_SIZES, {})


_SIZES: Final = (
    select(gold.c.domain, func.count())
    .where(gold.c.retired_at.is_(None))
    .group_by(gold.c.domain)
    .order_by(gold.c.domain)
)


def all_gold(connection: Connection) -> Iterator[Gold]:
    """The gold set, by domain and in the order in which it came in."""
    query = select(gold).where(gold.c.retired_at.is_(None)).order_by(gold.c.domain, gold.c.key)
    for row in connection.execute(query):
        yield _gold(row)


def gold_at(connection: Connection, keys: Sequence[int]) -> dict[int, Gold]:
    """Gold steps by key, retired ones included."""
    found = {}
    for start in range(0, len(keys), _CHUNK):
        rows = connection.execute(select(gold).where(gold.c.key.in_(keys[start : start + _CHUNK])))
        found.update({row.key: _gold(row) for row in rows})
    return found


def unseen(connection: Connection, domain: str, expert: str) -> dict[int, str]:
    """The truths, by key, of gold steps that an expert may be shown for the first time.

    Not those which the expert judged as work, and not those that wait for experts as work.
    """
    query = _unseen(select(gold.c.key, gold.c.truth), domain, expert).order_by(gold.c.key)
    return {row.key: row.truth for row in connection.execute(query)}


def one_unseen(connection: Connection, domain: str, expert: str, chance: float) -> int | None:
    """The key of one gold step of those that `unseen` gives; a number in [0, 1) chooses it."""
    last = connection.execute(select(func.max(gold.c.key))).scalar() or 0
    start = int(chance * last) + 1
    query = _unseen(select(gold.c.key), domain, expert).order_by(gold.c.key).limit(1)
    found = connection.execute(query.where(gold.c.key >= start)).scalar()
    return found or connection.execute(query.where(gold.c.key < start)).scalar()


def seen_before(connection: Connection, domain: str, expert: str, since: int) -> dict[int, str]:
    """The same of those that were laid before the expert, but in no round from `since` on."""
    earlier = gold_tasks.c.round < since
    mine = and_(gold_tasks.c.gold == gold.c.key, gold_tasks.c.expert == expert)
    query = select(gold.c.key, gold.c.truth).where(
        _open(domain, expert),
        select(literal(1)).where(mine, earlier).exists(),
        ~select(literal(1)).where(mine, ~earlier).exists(),
    )
    return {row.key: row.truth for row in connection.execute(query.order_by(gold.c.key))}


def _unseen(query: Select[Any], domain: str, expert: str) -> Select[Any]:
    seen = select(literal(1)).where(gold_tasks.c.gold == gold.c.key, gold_tasks.c.expert == expert)
    return query.where(_open(domain, expert), ~seen.exists())


def _open(domain: str, expert: str) -> ColumnElement[bool]:
    judged = select(literal(1)).where(
        traces.c.id == gold.c.trace_id,
        verdicts.c.trace == traces.c.key,
        verdicts.c.step == gold.c.step,
        verdicts.c.expert == expert,
    )
    waits = select(literal(1)).where(
        traces.c.id == gold.c.trace_id,
        steps.c.trace == traces.c.key,
        steps.c.step == gold.c.step,
        steps.c.settled.is_(False),
        or_(steps.c.action == Action.ASK.value, steps.c.action == Action.AUDIT.value),
    )
    return and_(
        gold.c.domain == domain, gold.c.retired_at.is_(None), ~judged.exists(), ~waits.exists()
    )


def _body(trace: Trace, step: int) -> GoldBody:
    return GoldBody(
        subject=trace.subject,
        problem=trace.problem,
        options=trace.options,
        of=len(trace.steps),
        texts=tuple(one.text for one in trace.steps[: step + 1]),
    )


def _gold(row: Any) -> Gold:
    truth = Label(row.truth) if row.truth in set(Label) else Validity(row.truth)
    body = GoldBody.model_validate_json(row.body)
    return Gold(row.key, row.domain, row.trace_id, row.step, truth, Source(row.source), body)
