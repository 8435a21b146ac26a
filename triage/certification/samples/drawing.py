"""Draws the blind sample: its steps come up in the experts' queue like any other."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine

from triage.certification.binding import BY_CHANCE, BY_HAND
from triage.configuration.settings import Settings
from triage.deciding.order import value_of
from triage.errors import UsageError
from triage.guarantee import Plan, StreamPlan
from triage.guarantee import draw as drawn_ranks
from triage.pipeline.deciding import reconsider
from triage.store.certification.batches import (
    Batch,
    Member,
    State,
    change_batch,
    find_batches,
    mark,
    members_of,
)
from triage.store.certification.samples import asked_turns
from triage.store.database import writing
from triage.store.labelling.verdicts import check_chain
from triage.store.run.traces import came_in

PLAN: Final[TypeAdapter[Plan | StreamPlan]] = TypeAdapter(Plan | StreamPlan)
_SEEDS: Final = 2**53
"""Seeds stay below this, so that every reader of JSON keeps them exact."""


class Drawn(NamedTuple):
    """What was drawn of a batch."""

    id: str
    stratum: str
    seed: int
    steps: int
    attempt: int
    attempts: int


def draw(
    engine: Engine, settings: Settings, names: Sequence[str] = (), seed: int | None = None
) -> list[Drawn]:
    """Draw the blind samples of planned batches, and the next declared ones of those that missed.

    Args:
        names: Only these batches; all that can be drawn if empty.
        seed: A seed from outside, such as dice; a random one if None.

    Raises:
        UsageError: There is nothing to draw, or a batch was drawn already.
        StoreError: The verdict log was altered.
    """
    if seed is not None and not 0 <= seed < _SEEDS:
        raise UsageError(f"the seed is {seed}: give a whole number from 0 to 2^53 - 1")
    with writing(engine) as connection:
        wanted = chosen(connection, names, (State.PLANNED, State.MISSED), "drawn")
        return [_draw(connection, settings, batch, seed) for batch in wanted]


def chosen(
    connection: Connection, names: Sequence[str], states: Sequence[State], done: str
) -> list[Batch]:
    """The batches a command is about.

    Raises:
        UsageError: A batch is unknown or in another state, or there is none in these states.
    """
    everything = {batch.id: batch for batch in find_batches(connection)}
    for name in names:
        if name not in everything:
            raise UsageError(f"no batch {name!r} is known: `triage certify plan` names them")
        if everything[name].state not in states:
            raise UsageError(_not_now(everything[name], done))
    found = [one for one in everything.values() if one.state in states]
    if not found:
        last = list(everything.values())[-1:]
        raise UsageError(
            _not_now(last[0], done)
            if last
            else "nothing is planned: `triage certify plan --alpha 0.05` freezes the clear steps"
        )
    return [one for one in found if not names or one.id in names]


def plan_of(batch: Batch) -> Plan | StreamPlan:
    """The plan of a batch's present attempt."""
    return PLAN.validate_json(batch.plan)


def _draw(connection: Connection, settings: Settings, batch: Batch, seed: int | None) -> Drawn:
    plan = plan_of(batch)
    chain = check_chain(connection)
    values: dict[str, Any] = {"state": State.DRAWN}
    if batch.state is State.MISSED:
        plan = plan.model_copy(update={"attempt": plan.attempt + 1})
        values["plan"] = plan.model_dump_json()
    else:
        values |= {
            "drawn_at": datetime.now(UTC).isoformat(),
            "log_rows": chain.rows,
            "log_head": chain.head,
        }
    fresh = secrets.randbelow(_SEEDS) if seed is None else seed
    members = {one.rank: one for one in members_of(connection, batch.key)}
    if len(members) != plan.items:
        raise UsageError(f"traces of {batch.id} were forgotten: `triage certify plan` plans anew")
    ranks = drawn_ranks(plan, fresh)
    bindings = orjson.loads(batch.bindings)
    # a seed by hand stays noted when another draw follows
    bindings["seed_from"] = BY_HAND if seed is not None else bindings.get("seed_from", BY_CHANCE)
    values["bindings"] = orjson.dumps(bindings).decode()
    change_batch(connection, batch.key, seed=fresh, **values)
    mark(connection, batch.key, ranks, drawn=plan.attempt)
    hide(connection, [members[rank] for rank in ranks])
    touched = sorted({members[rank].trace for rank in ranks})
    reconsider(connection, touched, settings, cause=f"draw {batch.id}")
    return Drawn(batch.id, plan.stratum, fresh, len(ranks), plan.attempt, plan.attempts)


def hide(connection: Connection, members: Sequence[Member]) -> None:
    """Give steps that experts label blind the places in the queue that asked steps have.

    Clear steps would come last and in a row, and so give themselves away.
    """
    choose = secrets.SystemRandom().choice
    places = {domain: asked_turns(connection, domain) for domain in {one.domain for one in members}}
    since = came_in(connection, sorted({one.trace for one in members}))
    for one in members:
        if found := places[one.domain]:
            priority = value_of(choose(found), since[one.trace])
            mark(connection, one.batch, [one.rank], priority=priority)


def _not_now(batch: Batch, done: str) -> str:
    told = {
        State.PLANNED: "is planned: `triage certify draw` draws its sample",
        State.DRAWN: "is drawn already, and once only: experts label it, then "
        "`triage certify sign`",
        State.MISSED: "could not be certified by its draw: `triage certify draw` draws the next "
        "of the declared attempts",
        State.SIGNED: f"is signed as {batch.certificate_id}",
        State.REFUSED: "could not be certified and has no attempt left: its steps go to people. "
        "Attempts are declared before the first draw (--attempts)",
        State.RETURNED: "was sent back by a drift alarm: `triage certify plan` takes it up anew",
    }
    return f"{batch.id} can't be {done}: it {told[batch.state]}"
