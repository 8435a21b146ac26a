"""Watches accepted steps: hidden blind audits, a detector, and the way back to people."""

import math
import secrets
from collections.abc import Container, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine

from triage.certification.binding import stored_certificate
from triage.certification.samples.drawing import hide, plan_of
from triage.certification.samples.labelling import said_on
from triage.configuration.settings import Settings
from triage.deciding.blind import Blind, Lacks, blind_label
from triage.errors import UsageError
from triage.guarantee import DriftState, StreamCertificate, observe_audits, start_drift
from triage.pipeline.deciding import reconsider
from triage.store.certification.batches import (
    Batch,
    Member,
    State,
    change_batch,
    find_batches,
    mark,
    traces_of,
)
from triage.store.certification.samples import accepted_undecided, watched_of
from triage.store.certification.standings import standing
from triage.store.database import writing
from triage.store.people.experts import all_experts

SHARE: Final = 0.01
"""Share of the accepted steps that a draw audits."""
LEAST: Final = 50
"""Steps of each certificate that a draw audits at least, where there are so many."""
_LARGEST: Final = 0.5


class Watched(NamedTuple):
    """How many steps of a certificate a draw put before experts, and how many are left."""

    certificate: str
    stratum: str
    drawn: int
    left: int


class Audit(NamedTuple):
    """A watched step whose blind labelling is done."""

    member: Member
    blind: Blind
    at: datetime


class Stream(NamedTuple):
    """The audits of one certificate in the order in which they were answered.

    Attributes:
        drawn: Audits drawn, answered or not.
        undone: Audits that have a label and need another before they count.
        state: The detector after all answered audits.
    """

    batch: Batch
    drawn: int
    undone: int
    audits: Sequence[Audit]
    state: DriftState


def draw_audits(
    engine: Engine, settings: Settings, *, share: float = SHARE, least: int = LEAST
) -> list[Watched]:
    """Put a random part of the accepted steps before experts, hidden among what they are asked.

    Args:
        share: Share of each certificate's accepted, unaudited steps.
        least: Steps of each certificate, where there are so many.

    Raises:
        UsageError: Nothing is accepted, or the share is none.
    """
    if not 0.0 < share <= 1.0:
        raise UsageError(f"--share is {share}: give a share above 0 and at most 1, such as 0.01")
    with writing(engine) as connection:
        signed = find_batches(connection, State.SIGNED)
        if not signed:
            raise UsageError("no certificate holds: `triage certify sign` signs one")
        return [_watch(connection, settings, batch, share, least) for batch in signed]


def streams(connection: Connection) -> list[Stream]:
    """The audits of all certificates that were signed."""
    return [stream_of(connection, one) for one in find_batches(connection, *_SIGNED)]


def stream_of(connection: Connection, batch: Batch) -> Stream:
    """The audits of a certificate, and what the detector makes of them."""
    watched = watched_of(connection, batch.key)
    said = said_on(connection, sorted({one.trace for one in watched}))
    experts = all_experts(connection)
    audits = []
    undone = 0
    for one in watched:
        verdicts = said.get((one.trace, one.step), [])
        blind = blind_label(standing(batch, one, experts), verdicts)
        undone += blind.lacks in (Lacks.SECOND, Lacks.ADJUDICATION)
        if blind.wrong is not None:
            counted = [verdict.at for verdict in verdicts if verdict.expert in blind.experts]
            audits.append(Audit(one, blind, max(counted)))
    audits.sort(key=lambda audit: (audit.at, audit.member.rank))
    state = observe_audits(
        start_drift(_promised_share(batch)), (bool(audit.blind.wrong) for audit in audits)
    )
    return Stream(batch, len(watched), undone, audits, state)


def look_after(connection: Connection, settings: Settings, touched: Container[int]) -> None:
    """After verdicts on steps of batches: send back what an alarm is raised for.

    Needs a transaction that holds the batches.
    """
    for batch in find_batches(connection, State.SIGNED):
        if batch.key not in touched:
            continue
        found = stream_of(connection, batch)
        if found.state.alarm:
            note = (
                f"{batch.certificate_id} no longer holds: {found.state.errors} of "
                f"{found.state.audits} audits found errors"
            )
            change_batch(connection, batch.key, state=State.RETURNED, note=note)
            back = traces_of(connection, [batch.key])
            reconsider(connection, back, settings, cause=f"drift {batch.certificate_id}")


def _watch(
    connection: Connection, settings: Settings, batch: Batch, share: float, least: int
) -> Watched:
    free = accepted_undecided(connection, batch.key)
    wanted = min(len(free), max(math.ceil(share * len(free)), least))
    chosen = secrets.SystemRandom().sample(free, wanted)
    ranks = [one.rank for one in chosen]
    mark(connection, batch.key, ranks, watched_at=datetime.now(UTC).isoformat())
    hide(connection, chosen)
    touched = sorted({one.trace for one in chosen})
    reconsider(connection, touched, settings, cause=f"audit {batch.certificate_id}")
    return Watched(batch.name, plan_of(batch).stratum, wanted, len(free) - wanted)


def _promised_share(batch: Batch) -> float:
    """The risk of accepted steps above which the certificate would be broken."""
    certificate = stored_certificate(batch.certificate or "")
    if isinstance(certificate, StreamCertificate):
        return certificate.alpha
    plan = certificate.plan
    if plan.target == "selective":
        return plan.alpha
    return min(max(certificate.share_wrong_at_most, plan.alpha), _LARGEST)


_SIGNED: Final = (State.SIGNED, State.RETURNED)
