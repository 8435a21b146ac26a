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
from triage.pipeline import RunOptions, Summary, run
from triage.pipeline.views.failures import lines
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
        _print(summary)
    if summary.at_limit:
        click.echo(
            "the budget is used up; it is for all runs on this store together, and "
            f"{summary.spent_before_usd:.2f} USD of it went before: run again with a higher "
            "--budget; what was answered is kept and not bought again",
            err=True,
        )
        return AT_LIMIT
    return DONE_WITH_REJECTS if summary.rejected or summary.failed else DONE


def _print(summary: Summary) -> None:
    asked = sum(summary.asked.values())
    click.echo(f"traces   {summary.traces:>9,}  ({summary.known:,} known before)")
    click.echo(f"steps    {summary.steps:>9,}")
    click.echo(f"  asked  {asked:>9,}  for an expert to decide")
    for reason, count in summary.asked.items():
        click.echo(f"           {count:>9,}  {reason}")
    clear = summary.held - summary.behind
    click.echo(f"  held   {clear:>9,}  clear, waiting for a certificate")
    if summary.behind:
        click.echo(f"  behind {summary.behind:>9,}  waiting for the verdict on another step")
    if summary.audited:
        click.echo(f"  audited{summary.audited:>9,}  clear, drawn for a blind sample")
    if summary.certified:
        click.echo(f"  accepted {summary.certified:>7,}  under a certificate")
    if provisional := summary.accepted - summary.certified:
        click.echo(f"  accepted {provisional:>7,}  provisionally, without any promise")
    if summary.settled:
        click.echo(f"  settled {summary.settled:>8,}  by experts")
    earlier = f", and {summary.spent_before_usd:.2f} by earlier runs on this store"
    click.echo(
        f"money    {summary.cost_usd:>9.2f}  USD{earlier if summary.spent_before_usd else ''}"
    )
    click.echo(f"time     {summary.seconds:>9.1f}  s")
    for name, why in summary.broken_plugins.items():
        click.echo(f"plugin {name} is broken and was left out: {why}", err=True)
    if summary.pending:
        click.echo(
            f"{summary.pending:,} questions are with providers' batches: the same run later takes "
            "the answers in",
            err=True,
        )
    for line in lines(summary.troubles):
        click.echo(line, err=True)
    for one in summary.first_rejects:
        click.echo(f"rejected: {one.told}", err=True)
    if summary.rejected:
        where = f": see {summary.rejects}" if summary.rejects else " (--out keeps a list of them)"
        click.echo(f"{summary.rejected:,} rows were rejected{where}", err=True)
