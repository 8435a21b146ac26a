"""Checks a certificate against an export and a verdict log, on a machine that has nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from triage.certification.binding import Item, certificate_id, rank, word
from triage.certification.checks.check_log import CheckedLog
from triage.certification.checks.rows import ExportRow
from triage.certification.samples.sample import judge_sample
from triage.deciding.blind import counting
from triage.deciding.decide import settle
from triage.guarantee import Certificate, CertificateError, StreamCertificate, draw
from triage.records import Action, Label, Promised, ReasonCode, Stage, Standing, Verdict

_DOUBTED = {ReasonCode.AUDIT_HIT, ReasonCode.ANSWER_VS_STEPS, ReasonCode.EXPERTS_SPLIT}
"""Reasons for which a covered step may lie before people: caution breaks no promise."""


class CheckedExport(NamedTuple):
    """An export that holds what the certificate covers.

    Attributes:
        ranked: The batch's steps from the safest on.
        doubted: Covered steps that lie before people again; caution breaks no promise.
        elsewhere: Accepted steps that name another certificate.
        unpromised: Accepted steps that name none.
    """

    ranked: Sequence[ExportRow]
    doubted: int
    elsewhere: int
    unpromised: int


def check_export(certificate: Certificate, rows: Iterable[ExportRow]) -> CheckedExport:
    """Check that an export holds the frozen batch, and accepts exactly what is covered.

    Raises:
        CertificateError: A step is missing, was put in, or is not what was frozen.
    """
    name = certificate_id(certificate)
    found: dict[tuple[str, int], ExportRow] = {}
    elsewhere = unpromised = 0
    for row in rows:
        if (row.trace_id, row.step) in found:
            raise CertificateError(f"the export holds step {row.place} twice: export it anew")
        if row.belongs_to(name):
            found[row.trace_id, row.step] = row
        elif row.decision is Action.ACCEPT:
            elsewhere += row.certificate is not None
            unpromised += row.certificate is None
    wanted = certificate.plan.items
    if len(found) != wanted:
        raise CertificateError(
            f"the export holds {len(found):,} steps of {name}'s batch instead of {wanted:,}: it is "
            "part of an export, was edited, or belongs to another certificate"
        )
    members = list(found.values())
    promised = _promised(certificate)
    ranking = rank([_item(row, promised) for row in members])
    if ranking.root != certificate.bindings.get("batch"):
        raise CertificateError(
            f"the export is not what {name} covers: a step's text, label, score or place was "
            "changed; rely on nothing in it and export anew"
        )
    ranked = [members[place] for place in ranking.order]
    _check_cut(name, ranked, certificate.accepted)
    doubted = sum(row.certificate == name and row.decision is Action.ASK for row in ranked)
    return CheckedExport(ranked, doubted, elsewhere, unpromised)


def check_sample(
    certificate: Certificate, export: CheckedExport, log: CheckedLog
) -> tuple[int, int]:
    """Check that the errors of a certificate are what the log says under the rules.

    Returns:
        How many blind labels were counted, and how many experts gave them.

    Raises:
        CertificateError: A verdict is missing or does not count, or the errors are others.
    """
    plan = certificate.plan
    ranks = draw(plan, certificate.seed)
    signed = log.standing(log.rows_at_signing)
    sample = judge_sample(
        {place: standing_of(certificate, export.ranked[place]) for place in ranks},
        {place: signed.get(export.ranked[place].key, []) for place in ranks},
        plan,
        certificate.seed,
        float(certificate.bindings.get("second_share", "nan")),
    )
    for place, one in sample.items():
        if one.blind.lacks is not None:
            raise CertificateError(
                f"the log lacks {one.blind.lacks} for the drawn step {export.ranked[place].place}"
            )
    given_after_the_draw(
        {export.ranked[place].key: one.standing for place, one in sample.items()}, log
    )
    wrong = tuple(sorted(place for place, one in sample.items() if one.blind.wrong))
    if wrong != certificate.errors:
        raise CertificateError(
            f"the log shows {len(wrong)} errors in the sample, the certificate "
            f"{len(certificate.errors)}, or at other steps: one of the two was edited"
        )
    for place in ranks:
        log.check_text(export.ranked[place])
    final_labels_agree(export.ranked, log)
    experts = {name for one in sample.values() for name in one.blind.experts}
    return len(ranks), len(experts)


def given_after_the_draw(drawn: Mapping[tuple[str, int], Standing], log: CheckedLog) -> None:
    """Check that no label that counts stood in the log before the draw, whatever its time says.

    Args:
        drawn: The drawn steps by trace and step.

    Raises:
        CertificateError: One did.
    """
    for key, said in log.standing(log.rows_at_draw).items():
        if key in drawn and counting(drawn[key], said):
            raise CertificateError(
                f"step {key[1]} of {key[0]!r} had a label in the log before the draw that says it "
                "was given afterwards: the draw was not blind, or a clock was wrong; draw anew"
            )


def _check_cut(name: str, ranked: Sequence[ExportRow], accepted: int) -> None:
    for place, row in enumerate(ranked):
        if any(one.code == ReasonCode.DRIFT and name in one.sources for one in row.reasons):
            raise CertificateError(
                f"{name} no longer holds: audits raised a drift alarm, and its steps went back to "
                "people; ask for the certificate that took its place"
            )
        covered = row.certificate == name
        if covered is not (place < accepted):
            raise CertificateError(
                f"the export says that step {row.place} is {'' if covered else 'not '}covered by "
                f"{name}, and its cut says the opposite: the export was edited"
            )
        doubted = row.decision is Action.ASK and _DOUBTED & {one.code for one in row.reasons}
        if covered and not doubted and row.decision not in (Action.ACCEPT, Action.AUDIT):
            raise CertificateError(
                f"step {row.place} is covered by {name} and is {row.decision.value} without a "
                "reason: the export was edited"
            )


def final_labels_agree(ranked: Iterable[ExportRow], log: CheckedLog) -> None:
    """Check that exported final labels are those of the log.

    Raises:
        CertificateError: A final label is another than the log's verdicts amount to.
    """
    since_draw, all_of_it = log.standing(after=log.rows_at_draw), log.standing()
    for row in ranked:
        # a step of a hidden audit waits for its last label
        if row.decision is Action.AUDIT:
            continue
        # verdicts of before the draw may be on an earlier revision of the trace
        logged = {_final(said.get(row.key, ())) for said in (since_draw, all_of_it)}
        shown = row.final.label if row.final else None
        if shown not in logged:
            raise CertificateError(
                f"the export gives step {row.place} the final label {shown}, the log does not: one "
                "of the two was edited, or they were not written at the same time"
            )


def _final(said: Sequence[Verdict]) -> Label | None:
    final = settle(said) if said else None
    return final.label if final else None


def _item(row: ExportRow, promised: Promised) -> Item:
    said = word(promised, row.label, row.validity)
    return Item(row.trace_id, row.step, row.text, said, row.score)


def _promised(certificate: Certificate | StreamCertificate) -> Promised:
    try:
        return Promised(certificate.bindings.get("promised", ""))
    except ValueError as why:
        raise CertificateError("the certificate is bound to no batch: it was not signed") from why


def standing_of(certificate: Certificate | StreamCertificate, row: ExportRow) -> Standing:
    """What a drawn step was when its labels were given, for the rules of blind labelling."""
    bound = certificate.bindings
    experts = (name.removeprefix("expert:") for name in bound if name.startswith("expert:"))
    return Standing.model_validate(
        {
            "stage": Stage.DRAWN,
            "name": certificate_id(certificate),
            "promised": _promised(certificate),
            "label": row.label,
            "validity": row.validity,
            "confidence": None,
            "score": row.score,
            "since": bound.get("drawn_at"),
            "experts": frozenset(experts),
        }
    )
