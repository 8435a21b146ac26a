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
    from triage.certification.checks.checking import check
    from triage.certification.checks.rows import export_rows, log_rows

    try:
        content = certificate.read_bytes()
    except OSError as why:
        raise InputError(f"{certificate} can't be read: {why.strerror}") from why
    checked = check(
        content,
        None if export is None else export_rows(export),
        None if verdicts is None else log_rows(verdicts),
    )
    unchecked = [
        option
        for option, given in (("--export", export), ("--verdicts", verdicts))
        if given is None
    ]
    if as_json:
        body = {"certificate": checked.name, "checked": checked.found, "not_given": unchecked}
        print_json(body | {"claim": checked.claim, "certified": checked.certified})
        return
    for line in checked.found:
        click.echo(f"ok: {line}")
    if unchecked:
        click.echo(f"not checked: what takes {' and '.join(unchecked)}")
    click.echo(checked.claim)
