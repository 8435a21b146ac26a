"""`triage plugins new|check|bench`: a plugin's way from an idea to its worth."""

from pathlib import Path

import click

from triage.cli.common import (
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    print_json,
    print_table,
    read_settings,
    with_config,
)

_FAILED = 1


@click.command()
@click.argument("name")
@click.option("--domain", metavar="WORD", help="The domain it serves; NAME by default.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    help="Where the folder is made; here by default.",
)
def new(name: str, domain: str | None, into: Path) -> None:
    """Write the folder of a new plugin, whose tests pass at once.

    Example: triage plugins new chemistry
    """
    from triage.conformance.scaffold import write_plugin

    folder = write_plugin(name, domain, into)
    click.echo(f"{folder} is there; next:\n")
    click.echo(f"  cd {folder}\n  python -m pytest\n  pip install -e .\n  triage plugins list")


@click.command()
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option(
    "--traces",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Traces to try it on, instead of the kit's own.",
)
@with_config
@as_json
def check(names: tuple[str, ...], traces: Path | None, config: Path | None, as_json: bool) -> int:
    """Check that plugins keep the contract; all that are installed where none is named.

    Each is tried on plain and hostile traces in a process that it may kill without harm: what it
    returns, whether twice the same, how long and how much memory it takes, and whether it asks for
    a network without saying so. Leaves with 1 if a check failed. The same in a plugin's own tests:
    `triage.conformance.assert_conforms`.

    Example: triage plugins check math
    """
    from triage.conformance import check_plugin
    from triage.ingest import Ingested, read_traces
    from triage.plugins import installed

    settings = read_settings(config).settings
    given = None
    if traces is not None:
        given = [one.trace for one in read_traces([str(traces)]) if isinstance(one, Ingested)]
    chosen = names or tuple(one.name for one in installed(settings.plugins.blocked))
    reports = [
        check_plugin(
            name,
            traces=given,
            settings=settings.plugin.get(name, {}),
            deadline_seconds=settings.plugins.deadline_seconds,
            memory_mb=settings.plugins.memory_mb,
        )
        for name in chosen
    ]
    if as_json:
        print_json([one.model_dump(mode="json") | {"conforms": one.conforms} for one in reports])
    else:
        for report in reports:
            click.echo(f"{report.plugin} {report.version or ''}".rstrip())
            print_table(
                ("", "check", "seen"),
                [(one.state.value, one.name, one.detail) for one in report.checks],
            )
            click.echo("")
        kept = sum(one.conforms for one in reports)
        click.echo(f"{kept} of {len(reports)} keep the contract")
    return DONE if all(one.conforms for one in reports) else _FAILED


@click.command()
@click.argument("name")
@click.argument("inputs", nargs=-1, required=True, metavar="LABELLED...")
@click.option("--limit", type=click.IntRange(min=1), help="Take only so many traces.")
@configured
@as_json
def bench(
    name: str,
    inputs: tuple[str, ...],
    limit: int | None,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> int:
    """Measure what a plugin is worth on labelled traces.

    How much it covers, how often it is right, what it takes, what it finds that no other source
    does, and what triage achieves with it and without it. Without --db nothing is kept.

    Example: triage plugins bench math labelled.jsonl
    """
    from triage.cli.upkeep.worth import show_worth
    from triage.ingest import Reject
    from triage.pipeline.learning.bench import bench as measure

    rejects: list[Reject] = []
    settings = read_settings(config, db).settings
    worth = measure(settings, name, inputs, db=db, limit=limit, rejected=rejects.append)
    if as_json:
        print_json(worth.model_dump(mode="json", by_alias=True))
    else:
        show_worth(worth)
    for reject in rejects:
        where = f"{reject.file}:{reject.line}: {reject.field or 'row'}"
        click.echo(f"{where}: {reject.reason}", err=True)
    return DONE_WITH_REJECTS if rejects else DONE
