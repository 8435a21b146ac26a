"""What an adjudicator sees of a split between experts: both sides unnamed, then the machine's."""

import hashlib
from typing import NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.queue.items import Item, blind, known_expert
from triage.queue.verdicts.revealing import proposals_on
from triage.records import SourceProposal, Verdict
from triage.store.labelling.queue import splits_for
from triage.store.labelling.verdicts import verdicts_on
from triage.store.run.traces import trace_at


class Dispute(NamedTuple):
    """A step on which experts differ.

    Attributes:
        sides: One standing verdict an expert, in an order that says nothing of who spoke first.
    """

    item: Item
    sides: tuple[Verdict, ...]
    proposals: tuple[SourceProposal, ...]


def disputes_for(
    connection: Connection, settings: Settings, name: str, limit: int
) -> list[Dispute]:
    """The splits that an adjudicator may resolve, the most urgent first.

    Raises:
        UsageError: The adjudicator is not known as an expert, or was revoked.
    """
    expert = known_expert(connection, name)
    found = []
    for place in splits_for(connection, expert, limit):
        trace = trace_at(connection, place.trace)
        said = [
            one
            for one in verdicts_on(connection, [place.trace])[place.trace]
            if one.step == place.step
        ]
        sides = sorted({one.expert: one for one in said}.values(), key=_shuffled)
        proposals = proposals_on(connection, settings, place)
        found.append(Dispute(blind(trace, place.step, 0), tuple(sides), tuple(proposals)))
    return found


def _shuffled(verdict: Verdict) -> str:
    said = f"{verdict.trace_id}/{verdict.step}/{verdict.expert}"
    return hashlib.sha256(said.encode()).hexdigest()
