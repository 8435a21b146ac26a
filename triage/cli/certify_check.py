"""`triage certify verify`: checks a certificate anywhere, without a store."""

from pathlib import Path

import click

from triage.cli.common import as_json, print_json
from triage.errors import InputError


@click.command()
@click.argument("certificate", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--export", type=click.Path(path_type=Path, dir_okay=False),
    help="Decisions, as `triage export decisions` wrote them.",
)  # fmt: skip
@click.option(
    "--verdicts", type=click.Path(path_type=Path, dir_okay=False),
    help="The verdict log, as `triage export verdicts` wrote it.",
)  # fmt: skip
@as_json
def verify(certificate: Path, export: Path | None, verdicts: Path | None, as_json: bool) -> None:
    """Recompute a CERTIFICATE, and check what it covers; needs no store.

    Alone, the plan, the draw and the cut are recomputed. With --export, that its accepted steps
    are exactly those covered, with the texts and labels that were frozen. With --verdicts too,
    that the log is intact and its blind labels of the drawn steps make these errors.

    Example: triage certify verify cert.json --export decisions.jsonl --verdicts verdicts.jsonl
    """
    from triage.certification.binding import is_stream

    try:
        text = certificate.read_bytes()
    except OSError as why:
        raise InputError(f"{certificate} can't be read: {why.strerror}") from why
    check = _check_stream if is_stream(text) else _check_batch
    name, claim, certified, found = check(text, export, verdicts)
    unchecked = [
        option
        for option, given in (("--export", export), ("--verdicts", verdicts))
        if given is None
    ]
    if as_json:
        body = {"certificate": name, "checked": found, "not_given": unchecked}
        print_json(body | {"claim": claim, "certified": certified})
        return
    for line in found:
        click.echo(f"ok: {line}")
    if unchecked:
        click.echo(f"not checked: what takes {' and '.join(unchecked)}")
    click.echo(claim)


Checked = tuple[str, str, bool, list[str]]
"""A certificate's id, its claim, whether it certifies, and what was found to be right."""
_CHAIN = "the verdict log's chain is whole, and it is the one that was signed on"


def _check_batch(text: bytes, export: Path | None, verdicts: Path | None) -> Checked:
    from triage.certification.binding import certificate_id
    from triage.certification.check import check_export, check_sample
    from triage.certification.check_log import CheckedLog
    from triage.certification.rows import export_rows, log_rows
    from triage.guarantee import verify as verify_certificate

    read = verify_certificate(text)
    name = certificate_id(read)
    held = log = None
    found = [f"plan, draw and cut of {name} follow from each other"]
    if export is not None:
        held = check_export(read, export_rows(export))
        found.append(f"the export accepts exactly the {read.accepted:,} steps it covers, unchanged")
        if held.elsewhere:
            found.append(f"{held.elsewhere:,} accepted steps name other certificates: verify those")
        if held.unpromised:
            found.append(f"{held.unpromised:,} accepted steps name none: nothing is promised there")
    if verdicts is not None:
        log = CheckedLog(read, log_rows(verdicts))
        found.append(_CHAIN)
    if held is not None and log is not None:
        labels, experts = check_sample(read, held, log)
        found.append(
            f"the {labels:,} drawn steps have blind labels by {experts} people, with exactly these "
            f"{len(read.errors)} errors"
        )
    return name, read.claim, read.certified, found


def _check_stream(text: bytes, export: Path | None, verdicts: Path | None) -> Checked:
    from triage.certification.binding import certificate_id
    from triage.certification.check_log import CheckedLog
    from triage.certification.check_stream import check_stream_export, check_stream_sample
    from triage.certification.rows import export_rows, log_rows
    from triage.guarantee import verify_stream

    read = verify_stream(text)
    name = certificate_id(read)
    held = log = None
    found = [f"the tests and the threshold of {name} follow from each other"]
    if export is not None:
        held = check_stream_export(read, export_rows(export))
        found.append(f"the {held.covered:,} steps that name it lie within its threshold")
    if verdicts is not None:
        log = CheckedLog(read, log_rows(verdicts))
        found.append(_CHAIN)
    if held is not None and log is not None:
        labels, experts = check_stream_sample(read, held, log)
        found.append(
            f"the {labels:,} drawn steps have blind labels by {experts} people, with exactly the "
            "errors that were tested"
        )
    return name, read.claim, read.certified, found
