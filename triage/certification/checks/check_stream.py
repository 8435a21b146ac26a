"""Checks a streaming certificate against an export and a verdict log, without a store."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from triage.certification.binding import certificate_id
from triage.certification.checks.check import (
    final_labels_agree,
    given_after_the_draw,
    standing_of,
)
from triage.certification.checks.check_log import CheckedLog
from triage.certification.checks.rows import ExportRow
from triage.certification.samples.sample import judge_sample
from triage.guarantee import CertificateError, StreamCertificate, StreamPlan, draw
from triage.records import Action

_COVERED = (Action.ACCEPT, Action.AUDIT, Action.ASK)


class StreamExport(NamedTuple):
    """An export that holds what a streaming certificate accepted, and its labelled steps.

    Attributes:
        plan: What was fixed before the draw.
        ranks: The drawn ranks, in the order of the draw.
        sample: The steps at these ranks.
        covered: How many steps the export accepts under the certificate.
    """

    plan: StreamPlan
    ranks: Sequence[int]
    sample: Sequence[ExportRow]
    covered: int


def check_stream_export(certificate: StreamCertificate, rows: Iterable[ExportRow]) -> StreamExport:
    """Check that covered steps lie within the threshold, and that the labelled ones are there.

    Raises:
        CertificateError: A step is missing, or is covered although it may not be.
    """
    name = certificate_id(certificate)
    plan, seed, places = _bound(certificate)
    wanted = dict.fromkeys(places)
    found: dict[tuple[str, int], ExportRow] = {}
    covered = 0
    for row in rows:
        if row.key in wanted:
            found[row.key] = row
        if row.certificate != name:
            continue
        covered += 1
        if certificate.threshold is None or row.score > certificate.threshold:
            raise CertificateError(
                f"step {row.place} has a score above the threshold of {name} and is said to be"
                " covered by it: the export was edited"
            )
        if row.decision not in _COVERED:
            raise CertificateError(
                f"step {row.place} is covered by {name} and is {row.decision.value}: the export"
                " was edited"
            )
    if missing := [key for key in places if key not in found]:
        raise CertificateError(
            f"the export lacks {len(missing)} of the {len(places)} labelled steps of {name}: it is"
            " part of an export, or belongs to another certificate"
        )
    return StreamExport(plan, draw(plan, seed), [found[key] for key in places], covered)


def check_stream_sample(
    certificate: StreamCertificate, export: StreamExport, log: CheckedLog
) -> tuple[int, int]:
    """Check that the tests of a certificate are what the log says under the rules.

    Returns:
        How many blind labels were counted, and how many experts gave them.

    Raises:
        CertificateError: A verdict is missing or does not count, or the tests are others.
    """
    signed = log.standing(log.rows_at_signing)
    rows = dict(zip(export.ranks, export.sample, strict=True))
    sample = judge_sample(
        {rank: standing_of(certificate, row) for rank, row in rows.items()},
        {rank: signed.get(row.key, []) for rank, row in rows.items()},
        export.plan,
        int(certificate.bindings["seed"]),
        float(certificate.bindings.get("second_share", "nan")),
    )
    for rank, one in sample.items():
        if one.blind.lacks is not None:
            raise CertificateError(
                f"the log lacks {one.blind.lacks} for the drawn step {rows[rank].place}"
            )
        log.check_text(rows[rank])
    given_after_the_draw({rows[rank].key: one.standing for rank, one in sample.items()}, log)
    scored = [(rows[rank].score, bool(one.blind.wrong)) for rank, one in sample.items()]
    for threshold, test in zip(certificate.thresholds, certificate.tests, strict=False):
        inside = [wrong for score, wrong in scored if score <= threshold]
        if (len(inside), sum(inside)) != test:
            raise CertificateError(
                f"the log shows {sum(inside)} errors in {len(inside)} labels up to a score of"
                f" {threshold:.4g}, the certificate {test[1]} in {test[0]}: one of them was edited"
            )
    final_labels_agree(export.sample, log)
    return len(scored), len({name for one in sample.values() for name in one.blind.experts})


def _bound(certificate: StreamCertificate) -> tuple[StreamPlan, int, list[tuple[str, int]]]:
    bound = certificate.bindings
    try:
        plan = StreamPlan.model_validate_json(bound["plan"])
        places = [(str(trace), int(step)) for trace, step in orjson.loads(bound["sample"])]
        seed = int(bound["seed"])
    except (KeyError, ValueError, TypeError, ValidationError) as why:
        raise CertificateError("the certificate is bound to no sample: it was not signed") from why
    same = (plan.alpha, plan.delta, plan.thresholds)
    if same != (certificate.alpha, certificate.delta, certificate.thresholds):
        raise CertificateError("the certificate is not what its plan fixed: it was edited")
    if len(places) != plan.labels or len(set(places)) != plan.labels:
        raise CertificateError("the certificate names other steps than were drawn: it was edited")
    return plan, seed, places
