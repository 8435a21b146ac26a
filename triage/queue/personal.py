"""What an expert is told of the own work: counts, pace, agreement with gold, last answers."""

import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.agreement import Against, Compared, against_gold
from triage.configuration.settings import Settings
from triage.queue.gold.admission import Standing, standings_of
from triage.queue.gold.golden import gold_item
from triage.queue.items import Item, blind, known_expert
from triage.records import Label, Mode
from triage.store.labelling.gold import gold_at
from triage.store.labelling.gold_tasks import answers_to_gold
from triage.store.labelling.own_verdicts import resolutions_of, said_by
from triage.store.labelling.queue import skipped_by
from triage.store.labelling.verdicts import find_answer
from triage.store.run.traces import stored_at

_PACED: Final = 100
"""Answers whose times tell the pace."""
_SHOWN: Final = 20
_SITTING: Final = timedelta(minutes=30)
"""A pause after which a new sitting begins."""


class Last(NamedTuple):
    """An answer of the expert's own."""

    answer_id: str
    at: datetime
    domain: str
    position: int
    label: Label
    inherits_error: bool | None


class OnGold(NamedTuple):
    """Blind answers of a domain held against adjudicated labels."""

    domain: str
    against: Against


class Personal(NamedTuple):
    """The expert's own figures; nothing that a machine said is in them.

    Attributes:
        answers: Answers that stand, gold included: they look alike.
        labels: The same by label.
        seconds: Median time of the latest answers; None without any that was timed.
        an_hour: Answers an hour of the latest sitting; None while it is too short to tell.
        on_gold: Against the gold set, and against what adjudicators resolved, together.
    """

    answers: int
    today: int
    week: int
    labels: dict[Label, int]
    skipped: int
    seconds: float | None
    an_hour: float | None
    on_gold: list[OnGold]
    standings: list[Standing]
    last: list[Last]


def personal(connection: Connection, settings: Settings, name: str) -> Personal:
    """Gather an expert's own figures.

    Raises:
        UsageError: The expert is not known, or was revoked.
    """
    expert = known_expert(connection, name)
    said, tasks = said_by(connection, name), answers_to_gold(connection, name)
    golds = gold_at(connection, [one.gold for one in tasks])
    answers = [
        (Last(one.answer_id, one.verdict.at, one.domain, one.verdict.step + 1, one.verdict.label,
              one.verdict.inherits_error), one.verdict.seconds)
        for one in said
    ]  # fmt: skip
    compared: dict[str, list[Compared]] = {}
    for task in tasks:
        if task.label is None or task.answered_at is None or task.answer_id is None:
            continue
        gold = golds[task.gold]
        at = datetime.fromtimestamp(task.answered_at, UTC)
        last = Last(task.answer_id, at, gold.domain, gold.step + 1, task.label, task.inherits_error)
        answers.append((last, task.seconds))
        if task.mode is Mode.BLIND:
            compared.setdefault(gold.domain, []).append(Compared(task.label, gold.truth))
    for domain, label, truth in resolutions_of(connection, name):
        compared.setdefault(domain, []).append(Compared(label, truth))
    answers.sort(key=lambda one: one[0].at)
    now = datetime.now(UTC)
    given = [one for one, _ in answers]
    timed = [seconds for _, seconds in answers[-_PACED:] if seconds is not None]
    return Personal(
        answers=len(given),
        today=sum(one.at.date() == now.date() for one in given),
        week=sum(one.at > now - timedelta(days=7) for one in given),
        labels={label: Counter(one.label for one in given)[label] for label in Label},
        skipped=skipped_by(connection).get(name, 0),
        seconds=statistics.median(timed) if timed else None,
        an_hour=_an_hour([one.at for one in given]),
        on_gold=[OnGold(domain, against_gold(found)) for domain, found in sorted(compared.items())],
        standings=standings_of(connection, settings, expert),
        last=given[: -_SHOWN - 1 : -1],
    )


def look_again(connection: Connection, name: str, answer_id: str) -> tuple[Item, str | None] | None:
    """The step of an answer of the expert's own with its note; None if there is none any more."""
    said = find_answer(connection, answer_id)
    if said is not None and said.verdict.expert == name:
        kept = stored_at(connection, [said.trace])
        return (blind(kept[0].trace(), said.verdict.step, 0), said.verdict.note) if kept else None
    for task in answers_to_gold(connection, name):
        if task.answer_id == answer_id:
            found = gold_at(connection, [task.gold])[task.gold]
            return gold_item(found, 0), task.words.get("note")
    return None


def _an_hour(times: list[datetime]) -> float | None:
    """Answers an hour since the last long pause."""
    begun = len(times) - 1
    while begun > 0 and times[begun] - times[begun - 1] < _SITTING:
        begun -= 1
    sitting = times[max(begun, 0) :]
    if len(sitting) < 5:
        return None
    hours = (sitting[-1] - sitting[0]).total_seconds() / 3600
    return (len(sitting) - 1) / hours if hours else None
