"""`triage evaluate`: plugins, judges and triage against human labels."""

import tempfile
from pathlib import Path

import click

from triage.cli.common import (
    AT_LIMIT,
    DOLLARS,
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    only_judges,
    plain,
    print_json,
    read_settings,
)
from triage.evaluate import Evaluation, render
from triage.ingest import Reject
from triage.pipeline import process
from triage.pipeline.views.failures import Failures, lines
from triage.store.database import open_store


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=1), help="Take only so many traces.")
@click.option(
    "--label-map", metavar="MAP", help='Foreign label words: "+1=necessary,-1=incorrect".'
)
@click.option(
    "--budget",
    type=DOLLARS,
    metavar="USD",
    help="What judges may cost; never passed. With --db: all runs on that store together.",
)
@configured
@as_json
def command(
    inputs: tuple[str, ...],
    limit: int | None,
    label_map: str | None,
    budget: float | None,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Measure plugins, judges and triage against human labels.

    INPUTS are labelled traces in any form that `triage run` reads. Without --db nothing is kept,
    so that traces with known labels don't end up in the experts' queue. Judges' answers are not
    kept then either: with --db on a store of its own they are bought once, however often you ask.

    Example: triage evaluate labelled.jsonl --db sqlite:///evaluation.db --budget 5
    """
    settings = only_judges(read_settings(config, db, ingest__label_map=label_map).settings, ())
    evaluation, failures = Evaluation(), Failures()
    rejects: list[Reject] = []
    with tempfile.TemporaryDirectory(prefix="triage-evaluate-") as folder:
        engine = open_store(db or f"sqlite:///{folder}/store.db")
        with process(
            engine, settings, inputs, rejected=rejects.append, limit=limit, budget_usd=budget
        ) as (_intake, asked, considered):
            for one in considered:
                evaluation.add(one.trace, one.findings, one.steps)
                failures.see(one.trace.id, one.findings)
        engine.dispose()
    result = evaluation.result()
    if as_json:
        seen = [one.model_dump(mode="json") for one in failures.all()]
        told = {"cost_usd": asked.cost_usd, "spent_before_usd": asked.spent_before_usd}
        print_json(result.model_dump(mode="json") | told | {"failures": seen})
    else:
        from rich.console import Console

        Console().print(render(result))
        if settings.judges:
            before = f", and {asked.spent_before_usd:.2f} before" if asked.spent_before_usd else ""
            click.echo(f"judges cost {asked.cost_usd:.2f} USD{before}; a failure is no answer")
    for line in lines(failures.all()):
        click.echo(plain(line), err=True)
    if asked.failed:
        again = "the same again asks them" if db else "with --db the same again asks only them"
        click.echo(f"on {asked.failed:,} traces a plugin failed: {again}", err=True)
    for reject in rejects:
        click.echo(
            f"{reject.file}:{reject.line}: {reject.field or 'row'}: {reject.reason}", err=True
        )
    if asked.at_limit:
        click.echo(
            "the budget is used up: these figures are of the steps that judges were asked about; "
            "the same with --db and a higher --budget asks about the rest",
            err=True,
        )
        return AT_LIMIT
    return DONE_WITH_REJECTS if rejects or asked.failed else DONE
