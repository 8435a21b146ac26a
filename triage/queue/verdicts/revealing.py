"""Shows an expert what the machine says of a step that was answered, and takes a second thought."""

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.propose.outside import outside_findings
from triage.queue.answers import TakenError
from triage.queue.desk import own_answer
from triage.queue.items import known_expert
from triage.queue.verdicts.answering import Desk
from triage.records import Label, Mode, SourceProposal, Verdict
from triage.store.labelling import offers
from triage.store.labelling.gold import gold_at
from triage.store.labelling.gold_tasks import Task, find_task, note_seen, note_words
from triage.store.labelling.queue import Place
from triage.store.labelling.verdicts import find_answer
from triage.store.run.findings import latest_findings, merge
from triage.store.run.traces import find_traces, trace_at


class Amendment(NamedTuple):
    """A second thought after a reveal; the first answer stays beside it.

    Attributes:
        answer_id: The amendment's own id; sent again, it counts once.
        amends: The id of the blind answer.
    """

    answer_id: str
    amends: str
    label: Label
    inherits_error: bool | None
    reason: str
    correction: str | None


def reveal(
    connection: Connection, settings: Settings, name: str, answer_id: str
) -> list[SourceProposal]:
    """What the sources propose for the step that the expert answered; noted for good.

    Needs a writing transaction.

    Raises:
        LostError: The expert gave no such answer.
        TakenError: The answer was taken back: the step is to be judged blind again.
    """
    task = find_task(connection, name, answer_id=answer_id)
    if task is not None:
        return _reveal_gold(connection, settings, task)
    said, offer = own_answer(connection, name, answer_id)
    if not said.stands:
        raise TakenError("the answer was taken back: answer the step first")
    if offer.revealed_at is None:
        offers.note_reveal(connection, offer.token)
    return proposals_on(connection, settings, offer.place)


def amend(connection: Connection, settings: Settings, name: str, given: Amendment) -> bool:
    """Add a second thought to the log, as given after a reveal; gives whether it was known.

    Needs a writing transaction.

    Raises:
        LostError: The expert gave no such answer.
        TakenError: Nothing was revealed, or the id stands for another answer.
    """
    task = find_task(connection, name, answer_id=given.amends)
    if task is not None:
        return _amend_gold(connection, task, given)
    desk = Desk(connection, settings)
    desk.hold([own_answer(connection, name, given.amends)[0].verdict.trace_id])
    first, offer = own_answer(connection, name, given.amends)
    if offer.revealed_at is None or not first.stands:
        raise TakenError("only an answer that stands can be amended, and after a reveal")
    verdict = first.verdict.model_copy(
        update={
            "label": given.label,
            "inherits_error": given.inherits_error,
            "mode": Mode.REVEAL_AFTER,
            "seconds": None,
            "note": given.reason,
            "correction": given.correction,
            "at": datetime.now(UTC),
        }
    )
    known = find_answer(connection, given.answer_id)
    if known is not None:
        if _gist(known.verdict) != _gist(verdict):
            raise TakenError("this answer_id stands for another answer: make a new one")
        return True
    desk.take(verdict, given.answer_id, laid=known_expert(connection, name))
    desk.decide()
    return False


def proposals_on(connection: Connection, settings: Settings, place: Place) -> list[SourceProposal]:
    """What all sources propose for a step, with their evidence."""
    inside = latest_findings(connection, [place.trace], settings.plugins.blocked)[place.trace]
    findings = merge([inside, outside_findings(trace_at(connection, place.trace))])
    return [one for one in findings.proposals if one.step == place.step]


def _reveal_gold(connection: Connection, settings: Settings, task: Task) -> list[SourceProposal]:
    if task.answered_at is None:
        raise TakenError("the answer was taken back: answer the step first")
    note_seen(connection, task)
    found = gold_at(connection, [task.gold])[task.gold]
    stored = find_traces(connection, [found.trace_id]).get(found.trace_id)
    if stored is None or stored.steps != found.body.of:
        return []
    return proposals_on(connection, settings, Place(stored.key, found.step))


def _amend_gold(connection: Connection, task: Task, given: Amendment) -> bool:
    """Keep a second thought beside the answer; only the answer counts for the expert."""
    if task.revealed_at is None or task.answered_at is None:
        raise TakenError("only an answer that stands can be amended, and after a reveal")
    known = task.words.get("amendment")
    if known is not None and known != given.answer_id:
        raise TakenError("the answer was amended: both stay")
    reason = {"amendment": given.answer_id, "again": given.label.value, "reason": given.reason}
    note_words(connection, task, **reason)
    return known is not None


def _gist(verdict: Verdict) -> tuple[object, ...]:
    return (verdict.trace_id, verdict.step, verdict.expert, verdict.mode, verdict.label)
