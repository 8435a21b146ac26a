"""What an expert does with a step at the desk: answer, take back, pass on, lay down, flag.

All functions need a writing transaction, and take the expert's word only for steps that lie before
that expert.
"""

import time
from datetime import UTC, datetime

from sqlalchemy import Connection

from triage.queue.answering import Desk
from triage.queue.answers import LOST, TOO_OLD, Answered, LostError, Receipt, TakenError
from triage.queue.golden import latest_ids, pass_gold_on, take_gold, take_gold_back
from triage.queue.items import known_expert
from triage.queue.offering import Offered, lay
from triage.records import DecidedBy, Mode, Verdict
from triage.settings import Settings
from triage.store import offers
from triage.store.experts import Expert
from triage.store.gold_tasks import find_task, note_words
from triage.store.leases import claim, holds, is_open
from triage.store.offers import Offer
from triage.store.queue import release, skip, waiting_for
from triage.store.traces import newest_id
from triage.store.verdicts import Said, find_answer, lock_log, verdicts_on


def take_answer(connection: Connection, settings: Settings, name: str, given: Answered) -> Receipt:
    """Store an answer, or say that it was known.

    An answer after a lease has ended counts as long as nobody else got the step.

    Raises:
        LostError: The step lies before somebody else, is decided, or was changed.
        TakenError: The id stands for another answer.
    """
    lock_log(connection)
    known = find_answer(connection, given.answer_id)
    if known is not None:
        _require_same(connection, known, name, given)
        return Receipt(known=True)
    expert = known_expert(connection, name)
    task = find_task(connection, name, token=given.token, answer_id=given.answer_id)
    if task is not None:
        return take_gold(connection, settings, expert, task, given)
    found = _held(connection, given.token, expert)
    revealed = offers.was_revealed(connection, found.place, name)
    verdict = Verdict(
        trace_id=_trace_id(connection, found.place.trace),
        step=found.place.step,
        label=given.label,
        inherits_error=given.inherits_error,
        expert=name,
        mode=Mode.ASSISTED if revealed else given.mode,
        seconds=given.seconds,
        note=given.note,
        correction=given.correction,
        at=datetime.now(UTC),
    )
    desk = Desk(connection, settings)
    desk.take(verdict, given.answer_id, laid=True)
    desk.decide()
    offers.end_offer(connection, found.token, given.answer_id)
    return Receipt(known=False)


def take_back(
    connection: Connection, settings: Settings, name: str, answer_id: str
) -> Offered | None:
    """Take an answer back and lay its step before the expert again; done twice, it counts once.

    Returns:
        The step; None if it meanwhile lies before another.

    Raises:
        LostError: The expert gave no such answer.
        TakenError: It is not one of the last, was amended since, or the step was resolved.
    """
    lock_log(connection)
    expert = known_expert(connection, name)
    task = find_task(connection, name, answer_id=answer_id)
    if task is not None:
        return take_gold_back(connection, expert, task)
    said, offer = own_answer(connection, name, answer_id)
    if said.stands:
        _require_undoable(connection, said, name, answer_id)
        verdict = said.verdict.model_copy(update={"at": datetime.now(UTC)})
        Desk(connection, settings).take_back(verdict, answer_id)
    if not (is_open(connection, offer.place, expert) and claim(connection, offer.place, name)):
        return None
    return lay(connection, offer.place, expert, waiting_for(connection, expert))


def pass_on(
    connection: Connection, settings: Settings, name: str, token: str, reason: str
) -> str | None:
    """Leave a step to others; done twice, it counts once.

    Returns:
        What to tell the expert besides; None for nothing.

    Raises:
        LostError: The step does not lie before the expert.
    """
    task = find_task(connection, name, token=token)
    if task is not None:
        return pass_gold_on(connection, settings, known_expert(connection, name), task, reason)
    found = offers.find_offer(connection, token, name)
    if found is not None and found.ended_at is not None and found.answer_id is None:
        return None
    found = _held(connection, token, known_expert(connection, name))
    skip(connection, found.place, name, reason)
    offers.end_offer(connection, token)
    return None


def lay_down(connection: Connection, name: str, token: str) -> None:
    """Leave a step unanswered for now: it may go to others at once."""
    found = offers.find_offer(connection, token, name)
    if found is not None and holds(connection, found.place, name):
        release(connection, found.place)


def flag_problem(connection: Connection, name: str, token: str, what: str) -> None:
    """Tell the lead that a problem itself is amiss; the step stays before the expert.

    Raises:
        LostError: The step was never before the expert.
    """
    task = find_task(connection, name, token=token)
    if task is not None:
        return note_words(connection, task, flag=what, flagged_at=time.time())
    found = offers.find_offer(connection, token, name)
    if found is None:
        raise LostError(LOST)
    return offers.flag(connection, found.place, name, what)


def own_answer(connection: Connection, name: str, answer_id: str) -> tuple[Said, Offer]:
    """An answer of the expert's own, with the offer it was given to.

    Raises:
        LostError: The expert gave no such answer.
    """
    said = find_answer(connection, answer_id)
    offer = offers.offer_of(connection, answer_id, name)
    if said is None or offer is None:
        raise LostError("there is no such answer of yours: nothing was changed")
    return said, offer


def _held(connection: Connection, token: str, expert: Expert) -> Offer:
    """The offer of a token, held from here on to the transaction's end."""
    found = offers.find_offer(connection, token, expert.name)
    if found is None or found.ended_at is not None:
        raise LostError(LOST)
    is_waiting = is_open(connection, found.place, expert)
    # what lay there in time counts, even if the machine has changed its mind on asking
    in_time = holds(connection, found.place, expert.name)
    if not (is_waiting or in_time) or not claim(connection, found.place, expert.name):
        raise LostError(LOST)
    return found


def _trace_id(connection: Connection, key: int) -> str:
    identity = newest_id(connection, key)
    if identity is None:
        raise LostError("the trace was changed or forgotten: ask for the next step")
    return identity


def _require_same(connection: Connection, known: Said, name: str, given: Answered) -> None:
    """Refuse an id that stands for another answer."""
    before = known.verdict
    offer = offers.offer_of(connection, given.answer_id, name)
    same = offer is not None and offer.token == given.token and before.label is given.label
    if not same or before.inherits_error != given.inherits_error:
        raise TakenError("this answer_id stands for another answer: make a new one")


def _require_undoable(connection: Connection, said: Said, name: str, answer_id: str) -> None:
    if answer_id not in latest_ids(connection, name):
        raise TakenError(TOO_OLD)
    on_step = [
        one
        for one in verdicts_on(connection, [said.trace])[said.trace]
        if one.step == said.verdict.step
    ]
    if any(one.by is DecidedBy.ADJUDICATOR for one in on_step):
        raise TakenError("the step was resolved: that is final")
    if [one for one in on_step if one.expert == name][-1] != said.verdict:
        raise TakenError("the answer was amended: both stay")
