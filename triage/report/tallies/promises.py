"""Reads what was promised, and whether hidden audits find it kept."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from sqlalchemy import Connection

from triage.certification.auditing import Stream, streams
from triage.certification.binding import stored_certificate
from triage.certification.blame import blame, wrong_steps
from triage.certification.samples.drawing import plan_of
from triage.certification.samples.labelling import labelling_of
from triage.certification.samples.sample import lacking
from triage.configuration.settings import Settings
from triage.evaluate.tallies.rates import ClusteredShare
from triage.guarantee import StreamCertificate
from triage.report.figures import AuditFigures, BlamedSource, CertificateFigures
from triage.store.certification.batches import Batch, State, find_batches

_WITH_SAMPLE = (State.DRAWN, State.MISSED)


def certificates(connection: Connection) -> Iterator[CertificateFigures]:
    """Every batch in order of planning: signed, refused, returned, or on its way."""
    for batch in find_batches(connection):
        yield _signed(batch) if batch.certificate else _unsigned(connection, batch)


def audits(connection: Connection, settings: Settings) -> Iterator[AuditFigures]:
    """The hidden audits of every certificate for which any were drawn."""
    for stream in streams(connection):
        if stream.drawn:
            wrong = wrong_steps(connection, settings, stream)
            blamed = [BlamedSource(**one._asdict()) for one in blame(wrong)]
            yield _audited(stream, blamed)


def _signed(batch: Batch) -> CertificateFigures:
    certificate = stored_certificate(batch.certificate or "")
    plan = plan_of(batch)
    if isinstance(certificate, StreamCertificate):
        errors, accepted, machine_only = certificate.tests[-1][1], None, None
        share = certificate.alpha
    else:
        errors, accepted = len(certificate.errors), certificate.accepted
        machine_only, share = certificate.machine_only, certificate.share_wrong_at_most
    return _figures(
        batch,
        labelled=plan.labels,
        lacks={},
        errors=errors,
        accepted=accepted,
        machine_only=machine_only,
        share=share,
        claim=certificate.claim,
    )


def _unsigned(connection: Connection, batch: Batch) -> CertificateFigures:
    labelled = errors = None
    lacks: dict[str, int] = {}
    if batch.state in _WITH_SAMPLE:
        sample = labelling_of(connection, batch).sample
        done = [one.blind for one in sample.values()]
        lacks = {lack.value: steps for lack, steps in lacking(sample).items()}
        labelled = sum(blind.lacks is None for blind in done)
        errors = sum(bool(blind.wrong) for blind in done)
    return _figures(batch, labelled=labelled, lacks=lacks, errors=errors)


def _figures(
    batch: Batch,
    *,
    labelled: int | None,
    lacks: dict[str, int],
    errors: int | None,
    accepted: int | None = None,
    machine_only: int | None = None,
    share: float | None = None,
    claim: str | None = None,
) -> CertificateFigures:
    plan = plan_of(batch)
    return CertificateFigures(
        name=batch.name,
        stratum=plan.stratum,
        state=batch.state.value,
        promised=batch.promised.value,
        alpha=plan.alpha,
        delta=plan.delta,
        items=plan.items,
        labels=plan.labels,
        labelled=labelled,
        lacks=lacks,
        errors=errors,
        accepted=accepted,
        machine_only=machine_only,
        wrong_at_most=share,
        claim=claim,
        note=batch.note,
    )


def _audited(stream: Stream, blamed: Sequence[BlamedSource]) -> AuditFigures:
    by_trace: defaultdict[int, list[bool]] = defaultdict(list)
    for audit in stream.audits:
        by_trace[audit.member.trace].append(bool(audit.blind.wrong))
    share = ClusteredShare()
    for wrong in by_trace.values():
        share.add_trace(sum(wrong), len(wrong))
    return AuditFigures(
        certificate=stream.batch.name,
        stratum=plan_of(stream.batch).stratum,
        promised_share=stream.state.alpha,
        drawn=stream.drawn,
        answered=len(stream.audits),
        undone=stream.undone,
        wrong=share.result(),
        trail=tuple(accumulate(int(bool(audit.blind.wrong)) for audit in stream.audits)),
        evidence=stream.state.level,
        alarm_at=stream.state.alarm_at,
        alarm=stream.state.alarm,
        blame=tuple(blamed),
    )
