"""How far each expert's blind labels of gold steps agree with gold, in rounds and hidden ones."""

from enum import StrEnum

from sqlalchemy import Connection

from triage.agreement import Against, Compared, against_gold
from triage.records import Mode, Record
from triage.store.labelling.gold import gold_at
from triage.store.labelling.gold_tasks import HIDDEN, answers_to_gold


class Origin(StrEnum):
    """How a gold step came before an expert."""

    ROUND = "round"
    HIDDEN = "hidden"


class Reliability(Record):
    """One expert's labels of a domain's gold steps."""

    expert: str
    domain: str
    origin: Origin
    against: Against


def reliability(connection: Connection) -> list[Reliability]:
    """Hold blind answers to gold against gold, by expert, domain and origin."""
    tasks = [one for one in answers_to_gold(connection) if one.mode is Mode.BLIND]
    truths = gold_at(connection, sorted({one.gold for one in tasks}))
    found: dict[tuple[str, str, Origin], list[Compared]] = {}
    for one in tasks:
        gold = truths[one.gold]
        origin = Origin.HIDDEN if one.round == HIDDEN else Origin.ROUND
        place = found.setdefault((one.expert, gold.domain, origin), [])
        place.append(Compared(one.label, gold.truth))
    return [
        Reliability(expert=name, domain=domain, origin=origin, against=against_gold(compared))
        for (name, domain, origin), compared in sorted(found.items())
    ]
