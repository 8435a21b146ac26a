"""`triage evaluate`: plugins, judges and triage against human labels."""

import tempfile
from pathlib import Path

import click

from triage.cli.common import (
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    print_json,
    read_settings,
)
from triage.evaluate import Evaluation, render
from triage.ingest import Reject
from triage.pipeline import process
from triage.store.database import open_store


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=1), help="Take only so many traces.")
@click.option(
    "--label-map", metavar="MAP", help='Foreign label words: "+1=necessary,-1=incorrect".'
)
@configured
@as_json
def command(
    inputs: tuple[str, ...],
    limit: int | None,
    label_map: str | None,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Measure plugins, judges and triage against human labels.

    INPUTS are labelled traces in any form that `triage run` reads. Without --db nothing is kept,
    so that traces with known labels don't end up in the experts' queue.

    Example: triage evaluate labelled.jsonl
    """
    settings = read_settings(config, db, ingest__label_map=label_map).settings
    evaluation = Evaluation()
    rejects: list[Reject] = []
    with tempfile.TemporaryDirectory(prefix="triage-evaluate-") as folder:
        engine = open_store(db or f"sqlite:///{folder}/store.db")
        with process(engine, settings, inputs, rejected=rejects.append, limit=limit) as (
            _intake,
            asked,
            considered,
        ):
            for one in considered:
                evaluation.add(one.trace, one.findings, one.steps)
        engine.dispose()
    result = evaluation.result()
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        from rich.console import Console

        Console().print(render(result))
    for reject in rejects:
        click.echo(
            f"{reject.file}:{reject.line}: {reject.field or 'row'}: {reject.reason}", err=True
        )
    return DONE_WITH_REJECTS if rejects or asked.failed else DONE
