"""`triage run`: from input files to decisions."""

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
    print_json,
    read_settings,
)
from triage.cli.running.summary import print_summary
from triage.pipeline import RunOptions, run
from triage.store.database import open_store


@click.command()
@click.argument("inputs", nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Decisions, as JSON Lines."
)
@click.option("--limit", type=click.IntRange(min=1), help="Take only so many traces.")
@click.option(
    "--label-map", metavar="MAP", help='Foreign label words: "+1=necessary,-1=incorrect".'
)
@click.option(
    "--revise",
    is_flag=True,
    help="A known id with other content becomes a new version; a drawn batch is lost by it.",
)
@click.option(
    "--accept",
    type=click.Choice(["provisional"]),
    help="Write clear steps as accepted, without any promise.",
)
@click.option(
    "--budget",
    type=DOLLARS,
    metavar="USD",
    help="What judges may cost, all runs on this store together; never passed.",
)
@click.option("--judge", "judges", metavar="NAME", multiple=True, help="Ask only these judges.")
@click.option("--no-wait", is_flag=True, help="Leave batches with their providers, and go on.")
@configured
@as_json
def command(
    inputs: tuple[str, ...],
    out: Path | None,
    limit: int | None,
    label_map: str | None,
    revise: bool,
    accept: str | None,
    budget: float | None,
    judges: tuple[str, ...],
    no_wait: bool,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Ingest traces, ask plugins, and decide which steps an expert must see.

    INPUTS are files (JSON Lines, a JSON array, Parquet; gzip too), patterns, or - for standard
    input. Started again after a stop it goes on where it was.

    Leaves with 4 where the budget did not suffice: what was answered is kept, and the same run
    with a higher budget asks for the rest.

    Judges with `batch = true` are asked by their providers' batches first, and the run waits for
    them, up to a day. Stopped or with --no-wait, the same run takes the answers in later.

    Example: triage run traces.jsonl --out decisions.jsonl
    """
    settings = read_settings(config, db, ingest__label_map=label_map).settings
    settings = only_judges(settings, judges)
    options = RunOptions(
        inputs=inputs,
        out=out,
        limit=limit,
        revise=revise,
        accept_provisional=accept == "provisional",
        budget_usd=budget,
        wait=not no_wait,
    )
    summary = run(open_store(settings.db), settings, options)
    if as_json:
        print_json(summary.model_dump(mode="json"))
    else:
        print_summary(summary)
    if summary.at_limit:
        click.echo(
            "the budget is used up; it is for all runs on this store together, and "
            f"{summary.spent_before_usd:.2f} USD of it went before: run again with a higher "
            "--budget; what was answered is kept and not bought again",
            err=True,
        )
        return AT_LIMIT
    return DONE_WITH_REJECTS if summary.rejected or summary.failed else DONE
