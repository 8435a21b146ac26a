"""`triage forget`: erases traces."""

from pathlib import Path

import click

from triage.cli.common import as_json, configured, print_json, read_settings
from triage.store.forget import forget
from triage.store.look import open_existing


@click.command()
@click.argument("traces", metavar="TRACE...", nargs=-1, required=True)
@configured
@as_json
def command(traces: tuple[str, ...], config: Path | None, db: str | None, as_json: bool) -> None:
    """Erase the text of traces, and what was derived from it, to the last byte of the store.

    Findings, decisions, evidence, and experts' notes and corrections go with it. Ids stay, and
    from the verdicts the labels, names and times, so that the log's chain holds; the same input
    is refused from now on unless run --revise asks for it. Backups and files written earlier are
    not touched: erase them yourself.

    Example: triage forget t1
    """
    erased = forget(open_existing(read_settings(config, db).settings.db), traces)
    if as_json:
        print_json([one._asdict() for one in erased])
        return
    for one in erased:
        click.echo(
            f"{one.trace_id}: forgotten, in {one.revisions} revisions with {one.verdicts} verdicts"
        )
