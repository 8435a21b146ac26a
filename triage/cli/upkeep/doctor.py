"""`triage doctor`: what is configured, what is missing, where data can go, what to do."""

from pathlib import Path
from typing import Final

import click

from triage.cli.common import DONE, as_json, configured, print_json, print_table
from triage.cli.upkeep.plugins import told
from triage.pipeline.trials.doctor import Report, examine
from triage.pipeline.trials.survey import Runs, Status

BROKEN: Final = 1
_RUNS: Final = {
    Runs.WORKER: "runs in a worker process",
    Runs.MAIN: "runs in the main process",
    Runs.EVENT_LOOP: "runs in the event loop",
    None: "loaded",
}


@click.command()
@configured
@as_json
def command(config: Path | None, db: str | None, as_json: bool) -> int:
    """Show what is configured, what is missing, where data can go, and what to do.

    Nothing is made or changed, and passwords are hidden. Leaves with 1 if something that is
    configured is broken.

    Example: triage doctor
    """
    report = examine(config, db)
    if as_json:
        plugins = [told(one) for one in report.plugins]
        plain = report.model_dump(mode="json", exclude={"plugins"})
        print_json(plain | {"plugins": plugins, "usable": report.usable})
    else:
        _print(report)
    return DONE if report.usable else BROKEN


def _print(report: Report) -> None:
    click.echo(f"triage   {report.version}")
    click.echo(f"python   {report.python}")
    click.echo(f"system   {report.system}")
    versions = ", ".join(f"{name} {found or '?'}" for name, found in report.libraries.items())
    click.echo(f"with     {versions}")
    _head(f"Settings (file: {report.settings_file or 'none, no triage.toml here'})")
    print_table(
        ("setting", "value", "from"),
        [(one.name, _shown(one.value), one.origin) for one in report.settings],
    )
    _head("Extras")
    for extra in report.extras:
        found = ", ".join(f"{name} {number}" for name, number in extra.libraries.items())
        lacking = f"missing {', '.join(extra.missing)}: pip install 'steptriage[{extra.name}]'"
        click.echo(f"{extra.name:<9} {lacking if extra.missing else found}  ({extra.purpose})")
    _head("Store")
    click.echo(report.store.url)
    if report.store.exists:
        count = "" if report.store.traces is None else f", {report.store.traces:,} traces"
        click.echo(f"schema {report.store.revision}, newest {report.store.newest}{count}")
    else:
        click.echo("not there yet: `triage run` makes it")
    _head("Plugins")
    for one in report.plugins:
        state = _RUNS[one.runs] if one.status is Status.LOADED else one.status.value
        name = f"{one.name} {one.info.version}" if one.info else one.name
        click.echo(f"{name:<20} {state}  ({one.package})")
    _head("Where data can go")
    for destination in report.destinations:
        click.echo(f"{destination.to}: {destination.what}")
    if not report.destinations:
        click.echo("nowhere: the store is on this machine and no plugin waits on a network")
    click.echo("(plugins in worker processes are not kept from opening connections of their own)")
    _head("What to do")
    for advice in report.advice:
        click.echo(f"{'broken' if advice.broken else 'note'}: {advice.problem}")
        click.echo(f"    {advice.do}")
    if not report.advice:
        click.echo("nothing")


def _head(title: str) -> None:
    click.echo(f"\n{title}")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
