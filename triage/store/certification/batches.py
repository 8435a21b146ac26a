"""Keeps batches: what was frozen together, drawn from, signed, and sent back."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from triage.records import Action, Label, Promised, Validity
from triage.store.ahead import Ask, read
from triage.store.tables.schema import batch_steps, batches, steps, traces


class State(StrEnum):
    """How far a batch is."""

    PLANNED = "planned"
    DRAWN = "drawn"
    MISSED = "missed"
    """The draw could not certify, and another that was declared may follow."""
    SIGNED = "signed"
    REFUSED = "refused"
    """Could not be certified."""
    RETURNED = "returned"
    """Was signed, and sent back to people by a drift alarm."""


OPEN: Final = (State.PLANNED, State.DRAWN, State.MISSED)
"""States in which no signature has been given or refused."""


class Batch(NamedTuple):
    """A batch.

    Attributes:
        plan: JSON of the plan of its present attempt.
        bindings: JSON of what the labels rest on: sources, plugins and ranker with their versions.
        seed: Seed of the present attempt's draw.
        drawn_at: Time of the first draw, in ISO 8601.
        log_rows, log_head: Length and last hash of the verdict log at the first draw.
        note: Why it was refused or sent back.
    """

    key: int
    id: str
    state: State
    promised: Promised
    plan: str
    salt: str
    root: str
    bindings: str
    second_share: float
    planned_at: str
    seed: int | None
    drawn_at: str | None
    log_rows: int | None
    log_head: str | None
    certificate_id: str | None
    certificate: str | None
    note: str

    @property
    def name(self) -> str:
        """The certificate's id where there is one, else the batch's."""
        return self.certificate_id or self.id


class Member(NamedTuple):
    """One step of a batch, at its place in the ranking; the same fields as the table's."""

    batch: int
    rank: int
    trace: int
    step: int
    domain: str
    label: Label | None
    validity: Validity
    confidence: float | None
    score: float
    inherits_error: bool | None
    returned: bool
    drawn: int = 0
    second: bool = False
    priority: float | None = None
    watched_at: str | None = None


def add_batch(connection: Connection, values: Mapping[str, Any], members: Iterable[Member]) -> int:
    """Keep a new batch with its steps; gives its key. Needs a transaction."""
    given = insert(batches).returning(batches.c.key)
    key = int(connection.execute(given, dict(values)).scalar_one())
    add_members(connection, key, members)
    return key


def add_members(connection: Connection, batch: int, members: Iterable[Member]) -> None:
    """Add steps to a batch, at the ranks they carry. Needs a transaction."""
    rows = [one._replace(batch=batch)._asdict() for one in members]
    connection.execute(insert(batch_steps), rows)


def next_rank(connection: Connection, batch: int) -> int:
    """The first rank behind those of a batch."""
    query = select(func.max(batch_steps.c.rank)).where(batch_steps.c.batch == batch)
    return int(connection.execute(query).scalar_one()) + 1


def release(connection: Connection, batch: int, above: float | None = None) -> list[int]:
    """Take steps that nobody was to label out of a batch; gives their traces.

    Args:
        above: Only those with a larger score; all of them if None.
    """
    free = (
        (batch_steps.c.batch == batch)
        & (batch_steps.c.drawn == 0)
        & batch_steps.c.watched_at.is_(None)
    )
    if above is not None:
        free &= batch_steps.c.score > above
    query = select(batch_steps.c.trace).where(free).distinct().order_by(batch_steps.c.trace)
    held = list(connection.execute(query).scalars())
    connection.execute(delete(batch_steps).where(free))
    return held


def change_batch(connection: Connection, key: int, **values: Any) -> None:
    """Note what became of a batch. Needs a transaction."""
    connection.execute(update(batches).where(batches.c.key == key).values(**values))


def drop_planned(connection: Connection) -> list[int]:
    """Forget batches from which nothing was drawn; gives the traces they held."""
    keys = [one.key for one in find_batches(connection, State.PLANNED)]
    held = traces_of(connection, keys)
    for table, column in ((batch_steps, batch_steps.c.batch), (batches, batches.c.key)):
        connection.execute(delete(table).where(column.in_(keys)))
    return held


def find_batches(connection: Connection, *states: State) -> list[Batch]:
    """All batches in any of the states, or all, in order of planning."""
    return [_batch(row) for row in read(connection, asks_batches(*states))]


def asks_batches(*states: State) -> Ask:
    """What `find_batches` reads."""
    return Ask(_IN_STATES, {"states": [one.value for one in states or State]})


_IN_STATES: Final = (
    select(batches)
    .where(batches.c.state.in_(bindparam("states", expanding=True)))
    .order_by(batches.c.key)
)


def members_of(connection: Connection, batch: int) -> list[Member]:
    """A batch's steps from the safest on."""
    query = select(batch_steps).where(batch_steps.c.batch == batch).order_by(batch_steps.c.rank)
    return [member_of(row) for row in connection.execute(query)]


def mark(connection: Connection, batch: int, ranks: Sequence[int], **values: Any) -> None:
    """Note something of some steps of a batch."""
    for start in range(0, len(ranks), _CHUNK):
        here = batch_steps.c.rank.in_(ranks[start : start + _CHUNK])
        query = update(batch_steps).where(batch_steps.c.batch == batch, here)
        connection.execute(query.values(**values))


def latest_members(
    connection: Connection, keys: Sequence[int]
) -> dict[int, list[tuple[Batch, Member]]]:
    """For each trace, its steps that belong to a batch, each in its latest one."""
    rows = read(connection, asks_members(keys))
    latest = {(row.trace, row.step): member_of(row) for row in rows}
    if not latest:
        return {}
    wanted = select(batches).where(batches.c.key.in_({one.batch for one in latest.values()}))
    known = {row.key: _batch(row) for row in connection.execute(wanted)}
    found: dict[int, list[tuple[Batch, Member]]] = {}
    for one in latest.values():
        found.setdefault(one.trace, []).append((known[one.batch], one))
    return found


def asks_members(keys: Sequence[int]) -> Ask:
    """What `latest_members` reads; more if there are any."""
    return Ask(_MEMBERS, {"keys": list(keys)})


_MEMBERS: Final = (
    select(batch_steps)
    .where(batch_steps.c.trace.in_(bindparam("keys", expanding=True)))
    .order_by(batch_steps.c.batch)
)


def traces_of(connection: Connection, keys: Sequence[int]) -> list[int]:
    """The traces whose steps are in some batches."""
    query = select(batch_steps.c.trace).where(batch_steps.c.batch.in_(keys)).distinct()
    return list(connection.execute(query.order_by(batch_steps.c.trace)).scalars())


def newest_of(connection: Connection, keys: Sequence[int]) -> set[int]:
    """Those of some traces that are neither revised since nor forgotten."""
    newest = select(func.max(traces.c.key)).group_by(traces.c.id)
    found: set[int] = set()
    for start in range(0, len(keys), _CHUNK):
        query = select(traces.c.key).where(
            traces.c.key.in_(keys[start : start + _CHUNK]),
            traces.c.body.is_not(None),
            traces.c.key.in_(newest),
        )
        found |= set(connection.execute(query).scalars())
    return found


def drawn_before(
    connection: Connection, keys: Sequence[int]
) -> dict[int, list[tuple[int, int, str]]]:
    """For each trace, the steps of its earlier revisions that were drawn for and not certified.

    Returns:
        The earlier revision's key, the step and the batch's id.
    """
    older = traces.alias()
    query = (
        select(traces.c.key, older.c.key, batch_steps.c.step, batches.c.id)
        .join(older, (older.c.id == traces.c.id) & (older.c.key < traces.c.key))
        .join(batch_steps, batch_steps.c.trace == older.c.key)
        .join(batches, batches.c.key == batch_steps.c.batch)
        .where(
            traces.c.key.in_(keys),
            batches.c.state.in_((State.DRAWN, State.MISSED, State.REFUSED)),
        )
    )
    found: dict[int, list[tuple[int, int, str]]] = {}
    for key, before, step, batch in connection.execute(query):
        found.setdefault(key, []).append((before, step, batch))
    return found


def traces_with(connection: Connection, action: str, reason: str | None) -> list[int]:
    """The newest revisions of traces that have an undecided step of this action and reason."""
    newest = select(func.max(traces.c.key)).group_by(traces.c.id)
    query = select(steps.c.trace).where(
        steps.c.settled.is_(False),
        steps.c.action == action,
        steps.c.reason.is_(None) if reason is None else steps.c.reason == reason,
        steps.c.trace.in_(newest),
    )
    return list(connection.execute(query.distinct().order_by(steps.c.trace)).scalars())


def clear_steps(connection: Connection) -> int:
    """How many clear steps a new plan would freeze: those that no drawn batch holds."""
    newest = select(func.max(traces.c.key)).group_by(traces.c.id)
    held = (
        select(batch_steps.c.rank)
        .join(batches, batches.c.key == batch_steps.c.batch)
        .where(
            batches.c.state.in_((State.DRAWN, State.MISSED)),
            batch_steps.c.trace == steps.c.trace,
            batch_steps.c.step == steps.c.step,
        )
    )
    query = select(func.count()).where(
        steps.c.settled.is_(False),
        steps.c.action == Action.HOLD.value,
        steps.c.reason.is_(None),
        steps.c.trace.in_(newest),
        ~held.exists(),
    )
    return connection.execute(query).scalar_one()


def _batch(row: Row[Any]) -> Batch:
    values = row._asdict()
    states = {"state": State(values["state"]), "promised": Promised(values["promised"])}
    return Batch(**values | states)


def member_of(row: Row[Any]) -> Member:
    """A row of the table of a batch's steps."""
    values = row._asdict()
    label = values["label"]
    words = {"label": label and Label(label), "validity": Validity(values["validity"])}
    return Member(**values | words)


_CHUNK: Final = 5_000
