"""What is laid before an expert next: work, and gold among it that nothing tells from the work."""

import time
from collections.abc import Collection

from sqlalchemy import Connection, Engine

from triage.configuration.settings import Settings
from triage.queue.gold.admission import Standing, closed_to, fill_round, refused_in, standings_of
from triage.queue.gold.golden import gold_item, hide_one
from triage.queue.items import known_expert
from triage.queue.offering import Offered, offer_next
from triage.store.ahead import read_ahead
from triage.store.database import writing
from triage.store.labelling.gold import asks_sizes, gold_at, gold_sizes
from triage.store.labelling.gold_tasks import HIDDEN, Laid, open_tasks
from triage.store.labelling.leases import asks_steps, held_by
from triage.store.labelling.offers import made_at
from triage.store.labelling.queue import waiting_for
from triage.store.people.experts import Expert, asks_expert


def take_next(engine: Engine, settings: Settings, name: str) -> Offered | None:
    """Lay the next step before an expert; None if nothing waits for that expert.

    Raises:
        UsageError: The expert is not known, or was revoked.
    """
    with writing(engine) as connection:
        return next(iter(lay_next(connection, settings, name, 1)), None)


def stands(engine: Engine, settings: Settings, name: str) -> list[Standing]:
    """How an expert stands in the domains of the credentials held.

    Raises:
        UsageError: The expert is not known, or was revoked.
    """
    with engine.connect() as connection:
        return standings_of(connection, settings, known_expert(connection, name))


def lay_next(
    connection: Connection,
    settings: Settings,
    name: str,
    count: int,
    left: int | None = None,
    guess: Expert | None = None,
) -> list[Offered]:
    """Lay the next steps before an expert; those that lie there already come first, unchanged.

    Needs a writing transaction.

    Args:
        left: How many steps wait for the expert, where that is known; counted if None.
        guess: Whom the name is thought to stand for, so that all is read in one trip.

    Raises:
        UsageError: The expert is not known, or was revoked.
    """
    now = time.time()
    guessed = [] if guess is None else asks_steps(guess, now)
    read_ahead(connection, [asks_expert(name), asks_sizes(), *guessed])
    expert = known_expert(connection, name)
    domains = [domain for domain in gold_sizes(connection) if expert.may_judge(domain)]
    if not domains:
        known = guess == expert._replace(added_at=0.0)
        return offer_next(connection, expert, count, left, now if known else None)
    closed = closed_to(connection, settings, expert)
    for domain in closed:
        fill_round(connection, settings, expert, domain)
    began = time.time()
    tasks = _tasks(connection, expert, closed)
    if left is None:
        counted = expert._replace(closed=refused_in(connection, expert))
        left = waiting_for(connection, counted) + sum(one.task.round != HIDDEN for one in tasks)
    # no more work is taken from the others than is shown; what lies there already stays first
    work = max(count - len(tasks), held_by(connection, name)) if tasks else count
    offered = offer_next(connection, expert._replace(closed=closed), min(work, count), left)
    times = made_at(connection, [one.token for one in offered])
    fresh = [one.item.domain for one in offered if times[one.token] >= began]
    if fresh and not any(one.task.round == HIDDEN for one in tasks):
        hide_one(connection, settings, expert, fresh[0])
        tasks = _tasks(connection, expert, closed)
    elif not fresh and tasks:
        # a reply takes the time that it takes to find work and gold, whatever is in it
        with connection.begin_nested() as aside:
            open_now = expert._replace(closed=closed)
            if more := offer_next(connection, open_now, min(work, count) + 1, left):
                hide_one(connection, settings, expert, more[-1].item.domain)
                _tasks(connection, expert, closed)
            aside.rollback()
    golds = gold_at(connection, [one.task.gold for one in tasks[:count]])
    laid = [(times[one.token], one) for one in offered]
    laid += [
        (one.task.made_at, Offered(one.task.token, gold_item(golds[one.task.gold], left)))
        for one in tasks[:count]
    ]
    laid.sort(key=lambda one: one[0])
    most = max(left, len(laid))
    return [
        Offered(one.token, one.item.model_copy(update={"left": most - place}))
        for place, (_, one) in enumerate(laid[:count])
    ]


def _tasks(connection: Connection, expert: Expert, closed: Collection[str]) -> list[Laid]:
    """The gold steps before an expert: rounds where the queue is closed, hidden ones elsewhere."""
    return [
        one
        for one in open_tasks(connection, expert.name)
        if expert.may_judge(one.domain) and (one.task.round == HIDDEN) == (one.domain not in closed)
    ]
