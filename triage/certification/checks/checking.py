"""Checks a certificate and says in words what was found right."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from triage.certification.binding import BY_HAND, certificate_id, is_stream
from triage.certification.checks.check import check_export, check_sample
from triage.certification.checks.check_log import CheckedLog
from triage.certification.checks.check_stream import check_stream_export, check_stream_sample
from triage.certification.checks.rows import ExportRow
from triage.guarantee import verify, verify_stream

Export = Iterable[ExportRow] | None
Log = Iterable[Mapping[str, Any]] | None

_CHAIN = "the verdict log's chain is whole, and it is the one that was signed on"


class Checked(NamedTuple):
    """A certificate that holds: its id, its claim, and what was found right, a sentence each."""

    name: str
    claim: str
    certified: bool
    found: list[str]


def check(content: str | bytes, export: Export = None, log: Log = None) -> Checked:
    """Recompute a certificate, and hold it against an export and a verdict log where given.

    Args:
        content: The certificate's JSON.
        export: Decisions that contain all steps of the certificate.
        log: The rows of the verdict log from its beginning.

    Raises:
        CertificateError: Something was edited, is missing, or belongs to another certificate.
    """
    return (_check_stream if is_stream(content) else _check_batch)(content, export, log)


def _check_batch(content: str | bytes, export: Export, log: Log) -> Checked:
    read = verify(content)
    name = certificate_id(read)
    held = checked = None
    found = [f"plan, draw and cut of {name} follow from each other{_seed(read.bindings)}"]
    if export is not None:
        held = check_export(read, export)
        back = f", of which {held.doubted:,} went back to people" if held.doubted else ""
        found.append(
            f"the export holds exactly the {read.accepted:,} steps it covers{back}, unchanged"
        )
        if held.elsewhere:
            found.append(f"{held.elsewhere:,} accepted steps name other certificates: verify those")
        if held.unpromised:
            found.append(f"{held.unpromised:,} accepted steps name none: nothing is promised there")
    if log is not None:
        checked = CheckedLog(read, log)
        found.append(_CHAIN)
    if held is not None and checked is not None:
        labels, experts = check_sample(read, held, checked)
        found.append(
            f"the {labels:,} drawn steps have blind labels by {experts} people, with exactly these "
            f"{len(read.errors)} errors"
        )
    return Checked(name, read.claim, read.certified, found)


def _check_stream(content: str | bytes, export: Export, log: Log) -> Checked:
    read = verify_stream(content)
    name = certificate_id(read)
    held = checked = None
    found = [f"the tests and the threshold of {name} follow from each other{_seed(read.bindings)}"]
    if export is not None:
        held = check_stream_export(read, export)
        found.append(f"the {held.covered:,} steps that name it lie within its threshold")
    if log is not None:
        checked = CheckedLog(read, log)
        found.append(_CHAIN)
    if held is not None and checked is not None:
        labels, experts = check_stream_sample(read, held, checked)
        found.append(
            f"the {labels:,} drawn steps have blind labels by {experts} people, with exactly the "
            "errors that were tested"
        )
    return Checked(name, read.claim, read.certified, found)


def _seed(bindings: Mapping[str, str]) -> str:
    if bindings.get("seed_from") != BY_HAND:
        return ""
    return (
        "; its seed was given by hand: it must have been thrown after the plan, by no one's choice"
    )
