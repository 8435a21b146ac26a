"""Gold steps before an expert: laid like any other, answered apart from the work's log."""

import secrets

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.queue.answers import (
    LOST,
    NOT_SKIPPED,
    TOO_OLD,
    UNDOABLE,
    Answered,
    LostError,
    Receipt,
    TakenError,
)
from triage.queue.gold.admission import fill_round, standings_of
from triage.queue.items import Item
from triage.queue.offering import Offered
from triage.queue.standing_words import notice
from triage.records import Label
from triage.store.labelling.gold import Gold, gold_at, one_unseen
from triage.store.labelling.gold_tasks import (
    HIDDEN,
    Answer,
    Task,
    answers_to_gold,
    is_taken,
    make_task,
    note_answer,
    note_skip,
    open_again,
    open_skipped,
    open_tasks,
)
from triage.store.labelling.queue import waiting_for
from triage.store.labelling.verdicts import find_answer, latest_answers
from triage.store.people.admissions import State, admissions_of
from triage.store.people.experts import Expert


def gold_item(found: Gold, left: int) -> Item:
    """A gold step in the form of any other."""
    body = found.body
    return Item(
        trace_id=found.trace_id,
        step=found.step,
        steps=body.of,
        left=left,
        domain=found.domain,
        subject=body.subject,
        problem=body.problem,
        options=body.options,
        earlier=body.texts[:-1],
        text=body.texts[-1],
    )


def hide_one(connection: Connection, settings: Settings, expert: Expert, domain: str) -> None:
    """Perhaps lay a gold step of a domain among an expert's work. Needs a writing transaction."""
    chance = secrets.SystemRandom()
    # looked for before the dice fall, so that no time tells how they fell
    found = one_unseen(connection, domain, expert.name, chance.random())
    if found is not None and chance.random() < settings.admission.hidden_share:
        make_task(connection, found, expert.name, HIDDEN)


def take_gold(
    connection: Connection, settings: Settings, expert: Expert, task: Task, given: Answered
) -> Receipt:
    """Store an answer to a gold step, or say that it was known. Needs a writing transaction.

    Raises:
        LostError: The step was answered or passed on before.
        TakenError: The id stands for another answer.
    """
    if task.answer_id == given.answer_id:
        again = Label(task.words["again"]) if "again" in task.words else task.label
        if task.token != given.token or again is not given.label:
            raise TakenError("this answer_id stands for another answer: make a new one")
        return Receipt(known=True)
    if is_taken(connection, given.answer_id):
        raise TakenError("this answer_id stands for another answer: make a new one")
    texts = {"note": given.note, "correction": given.correction}
    answer = Answer(
        given.answer_id, given.label, given.inherits_error, given.mode, given.seconds,
        {name: text for name, text in texts.items() if text},
    )  # fmt: skip
    if task.skipped_at is not None or not note_answer(connection, task, answer):
        raise LostError(LOST)
    return Receipt(known=False, notice=_follow_up(connection, settings, expert, task))


def take_gold_back(connection: Connection, expert: Expert, task: Task) -> Offered:
    """Lay an answered gold step before the expert again; done twice, it counts once.

    Raises:
        TakenError: The answer is not one of the last, or its round has ended.
    """
    if task.answered_at is not None:
        if task.answer_id not in latest_ids(connection, expert.name):
            raise TakenError(TOO_OLD)
        if task.round != HIDDEN and not _is_under_way(connection, expert.name, task):
            raise TakenError("it was one of your first steps, and those are counted already")
        open_again(connection, task)
    (again,) = (one.task for one in open_tasks(connection, expert.name) if one.task.key == task.key)
    left = waiting_for(connection, expert) + 1
    return Offered(again.token, gold_item(gold_at(connection, [task.gold])[task.gold], left))


def take_gold_up(connection: Connection, expert: Expert, task: Task) -> Offered:
    """Lay a gold step that was passed on before the expert again; done twice, it counts once.

    Raises:
        LostError: The expert did not pass it on, or its round has ended.
    """
    ended = task.round != HIDDEN and not _is_under_way(connection, expert.name, task)
    if task.answered_at is not None or (ended and task.skipped_at is not None):
        raise LostError(NOT_SKIPPED)
    if task.skipped_at is not None:
        open_skipped(connection, task)
    left = waiting_for(connection, expert) + 1
    return Offered(task.token, gold_item(gold_at(connection, [task.gold])[task.gold], left))


def pass_gold_on(
    connection: Connection, settings: Settings, expert: Expert, task: Task, reason: str
) -> str | None:
    """Pass on a gold step; gives what to tell the expert where that ends a round.

    Raises:
        LostError: The step was answered before.
    """
    if task.answered_at is not None:
        raise LostError(LOST)
    if task.skipped_at is not None:
        return None
    note_skip(connection, task, reason)
    return _follow_up(connection, settings, expert, task)


def latest_ids(connection: Connection, name: str) -> list[str]:
    """The ids of an expert's last answers, on work and on gold, that can be taken back."""
    found = [
        (one.answered_at or 0.0, one.answer_id or "")
        for one in answers_to_gold(connection, name)[-UNDOABLE:]
    ]
    for identity in latest_answers(connection, name, UNDOABLE):
        said = find_answer(connection, identity)
        if said is not None:
            found.append((said.verdict.at.timestamp(), identity))
    return [identity for _, identity in sorted(found)[-UNDOABLE:]]


def _follow_up(
    connection: Connection, settings: Settings, expert: Expert, task: Task
) -> str | None:
    """After a step of a round: put another in its place or end the round; gives what to tell."""
    if task.round == HIDDEN:
        return None
    domain = gold_at(connection, [task.gold])[task.gold].domain
    fill_round(connection, settings, expert, domain)
    if _is_under_way(connection, expert.name, task):
        return None
    now = standings_of(connection, settings, expert)
    return next((notice(one) for one in now if one.domain == domain), None)


def _is_under_way(connection: Connection, name: str, task: Task) -> bool:
    domain = gold_at(connection, [task.gold])[task.gold].domain
    now = admissions_of(connection, name).get(domain)
    return now is not None and now.state is State.ROUND and now.round == task.round
