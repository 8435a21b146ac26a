"""Names what is read to take an answer, so that it comes in one trip."""

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.store.ahead import read_ahead
from triage.store.certification.batches import State, asks_batches, asks_members
from triage.store.certification.samples import asks_sampled
from triage.store.labelling.leases import asks_hold
from triage.store.labelling.offers import Offer
from triage.store.labelling.verdicts import asks_answer, asks_verdicts
from triage.store.people.experts import Expert
from triage.store.run.decisions import asks_before
from triage.store.run.findings import asks_findings
from triage.store.run.groups import asks_siblings
from triage.store.run.models import asks_model
from triage.store.run.traces import asks_lock, asks_traces


def read_for_answer(
    connection: Connection,
    settings: Settings,
    expert: Expert,
    offer: Offer,
    answer_id: str,
    now: float,
) -> None:
    """Read everything that an answer to an offer is checked against and decided with.

    The locks come first: what is read after them nobody else changes.
    """
    keys = [offer.place.trace]
    read_ahead(
        connection,
        [
            asks_sampled(keys),
            asks_lock(keys),
            asks_traces([offer.trace_id]),
            asks_verdicts(keys),
            asks_answer(answer_id),
            asks_hold(offer.place, expert, now),
            asks_model(),
            asks_siblings(keys),
            asks_findings(keys, settings.plugins.blocked),
            asks_members(keys),
            asks_batches(State.SIGNED),
            *asks_before(keys),
        ],
    )
