"""Who is admitted to which domain's queue: the calibration round before the first work."""

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.records import Mode
from triage.store.labelling.gold import gold_at, gold_sizes, seen_before, unseen
from triage.store.labelling.gold_tasks import Task, drop_open, make_task, round_tasks
from triage.store.people import admissions
from triage.store.people.admissions import Admission, State
from triage.store.people.auditlog import note_act
from triage.store.people.experts import Expert, find_expert

ROUND: Final = "round"
"""Who decides where no person does."""


class Stand(StrEnum):
    """How an expert stands in a domain of the credentials held."""

    OPEN = "open"
    """No round is asked for: there is too little gold, or the setting says none."""
    WAITING = "waiting"
    """The round begins with the next step."""
    ROUND = "round"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SHORT = "short"
    """Too few gold steps are left that the expert has not judged: only a lead can admit."""


class Standing(NamedTuple):
    """How an expert stands in a domain.

    Attributes:
        wanted: Steps of the round; 0 where none is asked for.
        answered: Steps of the round that are answered.
        result: What came out of the latest round that ended.
        by: Who decided last: `round`, or who admitted or asked for another round.
        at: When, in Unix seconds.
    """

    domain: str
    stand: Stand
    wanted: int = 0
    answered: int = 0
    result: dict[str, Any] | None = None
    by: str | None = None
    at: float | None = None


def asked_in(connection: Connection, settings: Settings) -> dict[str, int]:
    """The domains in which a round is asked for, with its steps."""
    wanted = settings.admission.steps_in
    sizes = gold_sizes(connection)
    return {domain: wanted(domain) for domain in sizes if 0 < wanted(domain) <= sizes[domain]}


def closed_to(connection: Connection, settings: Settings, expert: Expert) -> tuple[str, ...]:
    """The domains of an expert's credentials to whose queue the expert is not admitted."""
    asked = [one for one in asked_in(connection, settings) if expert.may_judge(one)]
    if not asked:
        return ()
    held = admissions.admissions_of(connection, expert.name)
    return tuple(one for one in asked if one not in held or not _is_in(held[one]))


def refused_in(connection: Connection, expert: Expert) -> tuple[str, ...]:
    """The domains in which an expert's latest round was below what is asked."""
    held = admissions.admissions_of(connection, expert.name)
    return tuple(name for name, one in held.items() if one.state is State.REFUSED)


def standings_of(connection: Connection, settings: Settings, expert: Expert) -> list[Standing]:
    """How an expert stands in every domain of the credentials held."""
    asked = asked_in(connection, settings)
    held = admissions.admissions_of(connection, expert.name)
    domains = {*asked, *held, *expert.credentials} - {"*"}
    return [
        _standing(connection, expert, domain, asked.get(domain, 0), held.get(domain))
        for domain in sorted(domains)
        if expert.may_judge(domain)
    ]


def fill_round(connection: Connection, settings: Settings, expert: Expert, domain: str) -> None:
    """Lay the steps of a round before an expert, as far as they are not there; end a full one.

    Needs a writing transaction.
    """
    now = admissions.lock_admission(connection, expert.name, domain)
    if now is None:
        wanted = asked_in(connection, settings)[domain]
        if len(unseen(connection, domain, expert.name)) < wanted:
            return
        _begin(connection, expert.name, domain, number=1, wanted=wanted, by=ROUND)
        now = admissions.lock_admission(connection, expert.name, domain)
    if now is None or now.state is not State.ROUND:
        return
    tasks = round_tasks(connection, expert.name, domain, now.round)
    missing = now.wanted - sum(one.skipped_at is None for one in tasks)
    if missing > 0:
        fresh = unseen(connection, domain, expert.name)
        chosen = _spread(fresh, missing)
        again = seen_before(connection, domain, expert.name, now.round)
        chosen += _spread(again, missing - len(chosen))
        for key in chosen:
            make_task(connection, key, expert.name, now.round)
        tasks = round_tasks(connection, expert.name, domain, now.round) if chosen else tasks
    if all(one.answered_at or one.skipped_at for one in tasks):
        _end(connection, settings, now, tasks)


def admit_by_hand(connection: Connection, by: str, name: str, domain: str, reason: str) -> None:
    """Admit an expert to a domain's queue without a round, or in spite of one.

    Needs a writing transaction.

    Raises:
        UsageError: The expert has no credential for the domain.
    """
    _require_credential(connection, name, domain)
    now = admissions.lock_admission(connection, name, domain)
    number, wanted = (now.round, now.wanted) if now else (0, 0)
    drop_open(connection, name, domain)
    admissions.put_admission(
        connection, name, domain, number=number, state=State.ADMITTED, wanted=wanted, by=by
    )
    note_act(connection, by, "admitted-by-hand", {"name": name, "domain": domain, "why": reason})


def repeat_round(
    connection: Connection, settings: Settings, by: str, name: str, domain: str, reason: str
) -> int:
    """Ask an expert for another round, and close the domain's queue until it is passed.

    Needs a writing transaction.

    Returns:
        How many of its steps the expert has seen before.

    Raises:
        UsageError: The expert has no credential, or there is too little gold.
    """
    _require_credential(connection, name, domain)
    wanted = asked_in(connection, settings).get(domain)
    if wanted is None:
        raise UsageError(
            f"no calibration round is asked for in {domain!r}: triage gold list shows the gold, "
            "the setting admission.steps how many steps a round takes"
        )
    now = admissions.lock_admission(connection, name, domain)
    number = now.round + 1 if now else 1
    fresh = len(unseen(connection, domain, name))
    if fresh + len(seen_before(connection, domain, name, number)) < wanted:
        raise UsageError(
            f"too few gold steps are left that {name!r} has not judged as work: add some by "
            f"triage gold import, or triage experts admit {name!r}"
        )
    drop_open(connection, name, domain)
    _begin(connection, name, domain, number=number, wanted=wanted, by=by)
    about = {"name": name, "domain": domain, "round": number, "why": reason}
    note_act(connection, by, "round-repeated", about)
    return max(0, wanted - fresh)


def _begin(
    connection: Connection, name: str, domain: str, *, number: int, wanted: int, by: str
) -> None:
    admissions.put_admission(
        connection, name, domain, number=number, state=State.ROUND, wanted=wanted, by=by
    )


def _end(connection: Connection, settings: Settings, now: Admission, tasks: list[Task]) -> None:
    # numpy and scipy take half a second to import, which only the end of a round pays
    from triage.agreement import Compared, Rule, against_gold

    answered = [one for one in tasks if one.answered_at is not None]
    truths = gold_at(connection, [one.gold for one in tasks])
    compared = [
        Compared(one.label if one.mode is Mode.BLIND else None, truths[one.gold].truth)
        for one in answered
    ]
    # what was passed on counts as far as nothing could take its place
    passed = [one for one in tasks if one.skipped_at is not None]
    short = max(0, now.wanted - len(answered))
    compared += [Compared(None, truths[one.gold].truth) for one in passed[:short]]
    found = against_gold(compared)
    asked = settings.admission
    rule = Rule(asked.above, asked.measure, asked.lower)
    state = State.ADMITTED if found.reaches(rule) else State.REFUSED
    result = found.model_dump(mode="json") | {
        "above": rule.above,
        "measure": rule.measure.value,
        "lower": rule.lower,
    }
    admissions.end_round(connection, now, state, result)
    about = {"domain": now.domain, "round": now.round, "state": state.value}
    note_act(
        connection, now.expert, "round-ended",
        about | {"agree": found.agree, "steps": found.steps},
    )  # fmt: skip


def _standing(
    connection: Connection, expert: Expert, domain: str, wanted: int, now: Admission | None
) -> Standing:
    if now is None:
        if not wanted:
            return Standing(domain, Stand.OPEN)
        short = len(unseen(connection, domain, expert.name)) < wanted
        return Standing(domain, Stand.SHORT if short else Stand.WAITING, wanted)
    if not wanted and now.state is not State.ADMITTED:
        return Standing(domain, Stand.OPEN, result=now.result, by=now.by, at=now.at)
    tasks = round_tasks(connection, expert.name, domain, now.round)
    answered = sum(one.answered_at is not None for one in tasks)
    return Standing(
        domain, Stand(now.state.value), now.wanted, answered, now.result, now.by, now.at
    )


def _spread(truths: Mapping[int, str], count: int) -> list[int]:
    """Choose some gold steps by chance, of every label about as many."""
    by_truth: dict[str, list[int]] = {}
    for key, truth in truths.items():
        by_truth.setdefault(truth, []).append(key)
    chance = secrets.SystemRandom()
    for keys in by_truth.values():
        chance.shuffle(keys)
    chosen: list[int] = []
    while len(chosen) < count and any(by_truth.values()):
        # a new order of the labels in every turn: it must not be guessed from the place
        for truth in chance.sample(sorted(by_truth), len(by_truth)):
            if by_truth[truth] and len(chosen) < count:
                chosen.append(by_truth[truth].pop())
    return chosen


def _require_credential(connection: Connection, name: str, domain: str) -> None:
    expert = find_expert(connection, name)
    if expert is None or not expert.may_judge(domain):
        raise UsageError(
            f"{name!r} has no credential for {domain!r}: triage experts add {name!r} "
            f"--credential {domain!r}, with all others that are held"
        )


def _is_in(one: Admission) -> bool:
    return one.state is State.ADMITTED
