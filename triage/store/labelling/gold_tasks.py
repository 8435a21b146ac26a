"""Keeps which gold steps were laid before whom, and what was answered: no verdicts on work."""

import json
import secrets
import time
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from triage.records import Label, Mode
from triage.store.ahead import Ask, read
from triage.store.labelling.offers import Flag
from triage.store.tables.gold_tables import gold, gold_tasks

HIDDEN: Final = 0
"""The round of gold steps that are hidden among the work."""


class Task(NamedTuple):
    """A gold step before an expert.

    Attributes:
        gold: The gold step's key.
        round: The calibration round it belongs to; `HIDDEN` for none.
        made_at: When it was laid there, Unix seconds; the other times alike.
        label: What the expert said blind; kept if the step is answered anew after a reveal.
        words: Note, correction, second thought, what is amiss: whatever was written.
    """

    key: int
    gold: int
    expert: str
    round: int
    token: str
    made_at: float
    answer_id: str | None
    label: Label | None
    inherits_error: bool | None
    mode: Mode | None
    seconds: float | None
    words: dict[str, Any]
    answered_at: float | None
    skipped_at: float | None
    revealed_at: float | None


def make_task(connection: Connection, gold_key: int, expert: str, number: int) -> None:
    """Lay a gold step before an expert; once in a round. Needs a writing transaction."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
    row = {"gold": gold_key, "expert": expert, "round": number}
    row |= {"token": secrets.token_urlsafe(16), "made_at": time.time()}
    attempt = dialect.insert(gold_tasks).values(row)
    connection.execute(attempt.on_conflict_do_nothing())


class Laid(NamedTuple):
    """A task that waits for its answer."""

    task: Task
    domain: str


def open_tasks(connection: Connection, expert: str) -> list[Laid]:
    """What lies before an expert now, in the order in which it was laid there."""
    query = (
        select(gold_tasks, gold.c.domain)
        .join(gold, gold.c.key == gold_tasks.c.gold)
        .where(
            gold_tasks.c.expert == expert,
            gold_tasks.c.answered_at.is_(None),
            gold_tasks.c.skipped_at.is_(None),
            gold.c.retired_at.is_(None),
        )
        .order_by(gold_tasks.c.key)
    )
    return [Laid(_task(row), row.domain) for row in connection.execute(query)]


def find_task(
    connection: Connection, expert: str, token: str = "", answer_id: str = ""
) -> Task | None:
    """The expert's task that lies there under a token, or that an answer was given to."""
    for row in read(connection, asks_task(expert, token, answer_id)):
        return _task(row)
    return None


def asks_task(expert: str, token: str = "", answer_id: str = "") -> Ask:
    """What `find_task` reads."""
    return Ask(_FIND, {"expert": expert, "token": token, "answer_id": answer_id})


_FIND: Final = select(gold_tasks).where(
    or_(gold_tasks.c.token == bindparam("token"), gold_tasks.c.answer_id == bindparam("answer_id")),
    gold_tasks.c.expert == bindparam("expert"),
)


def is_taken(connection: Connection, answer_id: str) -> bool:
    """Whether an answer to a gold step has this id, whoever gave it."""
    return _first(connection, gold_tasks.c.answer_id == answer_id) is not None


def task_on(connection: Connection, trace_id: str, step: int, expert: str) -> Task | None:
    """The task that lies before an expert on a step that goes by its trace's name."""
    named = and_(gold.c.trace_id == trace_id, gold.c.step == step, gold.c.retired_at.is_(None))
    mine = select(gold_tasks.c.key).join(gold, gold.c.key == gold_tasks.c.gold).where(named)
    waits = and_(gold_tasks.c.answered_at.is_(None), gold_tasks.c.skipped_at.is_(None))
    return _first(
        connection, and_(gold_tasks.c.expert == expert, waits, gold_tasks.c.key.in_(mine))
    )


def answers_to_gold(connection: Connection, expert: str | None = None) -> list[Task]:
    """The answered tasks, those on retired gold left out, in the order of the answers."""
    query = (
        select(gold_tasks)
        .join(gold, gold.c.key == gold_tasks.c.gold)
        .where(gold_tasks.c.answered_at.is_not(None), gold.c.retired_at.is_(None))
        .order_by(gold_tasks.c.answered_at, gold_tasks.c.key)
    )
    if expert is not None:
        query = query.where(gold_tasks.c.expert == expert)
    return [_task(row) for row in connection.execute(query)]


def round_tasks(connection: Connection, expert: str, domain: str, number: int) -> list[Task]:
    """All tasks of an expert's round in a domain, those on retired gold left out."""
    query = (
        select(gold_tasks)
        .join(gold, gold.c.key == gold_tasks.c.gold)
        .where(
            gold_tasks.c.expert == expert,
            gold_tasks.c.round == number,
            gold.c.domain == domain,
            gold.c.retired_at.is_(None),
        )
        .order_by(gold_tasks.c.key)
    )
    return [_task(row) for row in connection.execute(query)]


class Answer(NamedTuple):
    """An answer on its way to a task; `written` is what was written with it."""

    answer_id: str
    label: Label
    inherits_error: bool | None
    mode: Mode
    seconds: float | None
    written: dict[str, str]


def note_answer(connection: Connection, task: Task, given: Answer) -> bool:
    """Store an answer; what was said before a reveal stays. False if there was one already."""
    values: dict[str, Any] = {"answer_id": given.answer_id, "answered_at": time.time()}
    written = dict(given.written)
    if task.label is None:
        values |= {"label": given.label.value, "inherits_error": given.inherits_error}
        values |= {"mode": given.mode.value, "seconds": given.seconds}
    else:
        written["again"] = given.label.value
    values["words"] = json.dumps(task.words | written, ensure_ascii=False)
    free = and_(gold_tasks.c.key == task.key, gold_tasks.c.answered_at.is_(None))
    return connection.execute(update(gold_tasks).where(free).values(**values)).rowcount > 0


def open_again(connection: Connection, task: Task) -> None:
    """Take an answer back; what was said blind before a reveal stays, as it is what counts.

    The answer's id stays until the next one, so that it can be taken back twice.
    """
    values: dict[str, Any] = {"answered_at": None}
    if task.revealed_at is None:
        values |= {"label": None, "inherits_error": None, "mode": None, "seconds": None}
        values["words"] = None
    values["token"] = secrets.token_urlsafe(16)
    _change(connection, task, **values)


def note_skip(connection: Connection, task: Task, reason: str) -> None:
    """Note that the expert passes on a gold step."""
    words = json.dumps(task.words | {"skip": reason}, ensure_ascii=False)
    _change(connection, task, skipped_at=time.time(), words=words)


def open_skipped(connection: Connection, task: Task) -> None:
    """Lay a gold step that the expert passed on before the expert again."""
    words = {name: said for name, said in task.words.items() if name != "skip"}
    _change(connection, task, skipped_at=None, words=json.dumps(words, ensure_ascii=False))


def note_words(connection: Connection, task: Task, **written: str | float) -> None:
    """Keep what the expert wrote on a gold step besides the answer."""
    _change(connection, task, words=json.dumps(task.words | written, ensure_ascii=False))


def gold_flags(connection: Connection) -> list[Flag]:
    """What experts found wrong with the problems of gold steps."""
    query = (
        select(gold_tasks, gold.c.trace_id, gold.c.step)
        .join(gold, gold.c.key == gold_tasks.c.gold)
        .where(gold_tasks.c.words.contains('"flag"'), gold.c.retired_at.is_(None))
    )
    found = [(row, json.loads(row.words)) for row in connection.execute(query)]
    return [
        Flag(row.trace_id, row.step, row.expert, words["flag"], words["flagged_at"])
        for row, words in found
        if "flag" in words
    ]


def note_seen(connection: Connection, task: Task) -> None:
    """Note that the expert has seen what a machine says of the step."""
    _change(connection, task, revealed_at=time.time())


def drop_open(connection: Connection, expert: str, domain: str) -> None:
    """Take back what was laid before an expert for a round and is not answered."""
    keys = select(gold.c.key).where(gold.c.domain == domain)
    connection.execute(
        delete(gold_tasks).where(
            gold_tasks.c.expert == expert,
            gold_tasks.c.round != HIDDEN,
            gold_tasks.c.gold.in_(keys),
            gold_tasks.c.answered_at.is_(None),
            gold_tasks.c.skipped_at.is_(None),
        )
    )


def erase_gold(connection: Connection, trace_id: str) -> None:
    """Remove a trace's gold steps and what was answered to them. Needs a writing transaction."""
    keys = select(gold.c.key).where(gold.c.trace_id == trace_id)
    connection.execute(delete(gold_tasks).where(gold_tasks.c.gold.in_(keys)))
    connection.execute(delete(gold).where(gold.c.trace_id == trace_id))


def _change(connection: Connection, task: Task, **values: Any) -> None:
    connection.execute(update(gold_tasks).where(gold_tasks.c.key == task.key).values(**values))


def _first(connection: Connection, which: ColumnElement[bool]) -> Task | None:
    row = connection.execute(select(gold_tasks).where(which).limit(1)).first()
    return None if row is None else _task(row)


def _task(row: Any) -> Task:
    return Task(
        row.key,
        row.gold,
        row.expert,
        row.round,
        row.token,
        row.made_at,
        row.answer_id,
        None if row.label is None else Label(row.label),
        row.inherits_error,
        None if row.mode is None else Mode(row.mode),
        row.seconds,
        json.loads(row.words) if row.words else {},
        row.answered_at,
        row.skipped_at,
        row.revealed_at,
    )
