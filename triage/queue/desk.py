"""What an expert does with a step at the desk: answer, take back, pass on, lay down, flag.

All functions need a writing transaction, and take the expert's word only for steps that lie before
that expert.
"""

import time
from datetime import UTC, datetime

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.queue.answers import (
    LOST,
    NOT_SKIPPED,
    TOO_OLD,
    Answered,
    LostError,
    Receipt,
    TakenError,
)
from triage.queue.gold.golden import (
    latest_ids,
    pass_gold_on,
    take_gold,
    take_gold_back,
    take_gold_up,
)
from triage.queue.items import known_expert
from triage.queue.offering import Offered, lay
from triage.queue.verdicts.answering import Desk
from triage.queue.verdicts.reading import read_for_answer
from triage.records import DecidedBy, Mode, Verdict
from triage.store.ahead import read_ahead
from triage.store.labelling import offers
from triage.store.labelling.gold_tasks import asks_task, find_task, note_words
from triage.store.labelling.leases import claim, hold_on
from triage.store.labelling.offers import Offer
from triage.store.labelling.queue import Place, release, skip, unskip, waiting_for
from triage.store.labelling.verdicts import Said, find_answer, verdicts_on
from triage.store.people.experts import Expert, asks_expert
from triage.store.run.traces import lock_traces


def take_answer(connection: Connection, settings: Settings, name: str, given: Answered) -> Receipt:
    """Store an answer, or say that it was known.

    An answer after a lease has ended counts as long as nobody else got the step.

    Raises:
        LostError: The step lies before somebody else, is decided, or was changed.
        TakenError: The id stands for another answer.
    """
    read_ahead(
        connection,
        [
            asks_expert(name),
            offers.asks_offer(given.token, name),
            asks_task(name, given.token, given.answer_id),
        ],
    )
    expert = known_expert(connection, name)
    offer = offers.find_offer(connection, given.token, name)
    desk = Desk(connection, settings)
    now = time.time()
    if offer is not None:
        read_for_answer(connection, settings, expert, offer, given.answer_id, now)
        # the same answer may come twice at once: the second one waits here for the first
        desk.hold([offer.trace_id])
    known = find_answer(connection, given.answer_id)
    if known is not None:
        _require_same(connection, known, name, given)
        return Receipt(known=True)
    task = find_task(connection, name, token=given.token, answer_id=given.answer_id)
    if task is not None:
        return take_gold(connection, settings, expert, task, given)
    if offer is None or not desk.is_newest(offer.trace_id, offer.place):
        raise LostError(LOST)
    _require_held(connection, offer, expert, now)
    verdict = Verdict(
        trace_id=offer.trace_id,
        step=offer.place.step,
        label=given.label,
        inherits_error=given.inherits_error,
        expert=name,
        mode=Mode.ASSISTED if offer.revealed else given.mode,
        seconds=given.seconds,
        note=given.note,
        correction=given.correction,
        at=datetime.now(UTC),
    )
    desk.take(verdict, given.answer_id, laid=expert, token=offer.token)
    desk.decide()
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
    expert = known_expert(connection, name)
    task = find_task(connection, name, answer_id=answer_id)
    if task is not None:
        return take_gold_back(connection, expert, task)
    said, offer = own_answer(connection, name, answer_id)
    desk = Desk(connection, settings)
    desk.hold([said.verdict.trace_id])
    said, offer = own_answer(connection, name, answer_id)
    if said.stands:
        _require_undoable(connection, said, name, answer_id)
        verdict = said.verdict.model_copy(update={"at": datetime.now(UTC)})
        desk.take_back(verdict, answer_id)
    return _lay_again(connection, offer.place, expert)


def pass_on(
    connection: Connection, settings: Settings, name: str, token: str, reason: str
) -> str | None:
    """Leave a step to others; done twice, it counts once.

    Returns:
        What to tell the expert besides; None for nothing.

    Raises:
        LostError: The step does not lie before the expert.
    """
    expert = known_expert(connection, name)
    task = find_task(connection, name, token=token)
    if task is not None:
        return pass_gold_on(connection, settings, expert, task, reason)
    found = _own_offer(connection, token, expert)
    if found.ended_at is not None and found.answer_id is None:
        return None
    _require_held(connection, found, expert, time.time())
    skip(connection, found.place, name, reason)
    offers.end_offer(connection, token)
    return None


def lay_down(connection: Connection, name: str, token: str) -> None:
    """Leave a step unanswered for now: it may go to others at once."""
    found = offers.find_offer(connection, token, name)
    if found is not None:
        release(connection, found.place, name)


def take_up(connection: Connection, name: str, token: str) -> Offered | None:
    """Lay a step that the expert passed on before the expert again; done twice, it counts once.

    Returns:
        The step; None if it meanwhile lies before another, or is decided.

    Raises:
        LostError: The expert did not pass it on.
    """
    expert = known_expert(connection, name)
    task = find_task(connection, name, token=token)
    if task is not None:
        return take_gold_up(connection, expert, task)
    found = _own_offer(connection, token, expert)
    if found.answer_id is not None:
        raise LostError(NOT_SKIPPED)
    unskip(connection, found.place, name)
    now = hold_on(connection, found.place, expert, time.time())
    if not now.open or not claim(connection, found.place, name):
        return None
    offers.reopen_offer(connection, token)
    return next(iter(lay(connection, [found.place], expert, waiting_for(connection, expert))), None)


def flag_problem(connection: Connection, name: str, token: str, what: str) -> None:
    """Tell the lead that a problem itself is amiss; the step stays before the expert.

    Raises:
        LostError: The step was never before the expert.
    """
    task = find_task(connection, name, token=token)
    if task is not None:
        return note_words(connection, task, flag=what, flagged_at=time.time())
    found = _own_offer(connection, token, known_expert(connection, name))
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


def _own_offer(connection: Connection, token: str, expert: Expert) -> Offer:
    """The offer of a token, its trace held from here on to the transaction's end."""
    found = offers.find_offer(connection, token, expert.name)
    if found is None:
        raise LostError(LOST)
    lock_traces(connection, [found.place.trace])
    return offers.find_offer(connection, token, expert.name) or found


def _require_held(connection: Connection, offer: Offer, expert: Expert, at: float) -> None:
    """Refuse what is said of a step that lies before somebody else, or waits no more."""
    if offer.ended_at is not None:
        raise LostError(LOST)
    now = hold_on(connection, offer.place, expert, at)
    # what lay there in time counts, even if the machine has changed its mind on asking
    if now.holder == expert.name:
        return
    # somebody may be about to take it: whoever has it first has it
    if now.holder or not now.open or not claim(connection, offer.place, expert.name):
        raise LostError(LOST)


def _lay_again(connection: Connection, place: Place, expert: Expert) -> Offered | None:
    now = hold_on(connection, place, expert, time.time())
    if not now.open or not claim(connection, place, expert.name):
        return None
    return next(iter(lay(connection, [place], expert, waiting_for(connection, expert))), None)


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
