"""`triage plugins`: which plugins there are; their authors' commands are in `plugin_author`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from triage.cli.common import (
    DONE,
    DONE_WITH_REJECTS,
    as_json,
    configured,
    print_json,
    print_table,
    read_settings,
)
from triage.cli.upkeep.plugin_author import bench, check, new
from triage.pipeline.trials.survey import Status, Surveyed, survey


@click.group()
def command() -> None:
    """Show which plugins are installed and how they fare; write, check and measure one's own.

    Example: triage plugins list
    """


for _command in (new, check, bench):
    command.add_command(_command)


@command.command("list")
@configured
@as_json
def list_command(config: Path | None, db: str | None, as_json: bool) -> int:
    """List plugins: what is loaded, what is blocked, and what is broken and why.

    Every plugin is loaded in a process of its own that it may kill without harm. A plugin that
    runs in a worker process is killed at its deadline; one that runs in the event loop waits on a
    network. Leaves with 3 if a plugin is broken; [plugins] blocked in triage.toml leaves it out.

    Example: triage plugins list --json
    """
    found = survey(read_settings(config, db).settings)
    if as_json:
        print_json([told(one) for one in found])
    else:
        _print(found)
    return DONE_WITH_REJECTS if any(one.status is Status.BROKEN for one in found) else DONE


def told(one: Surveyed) -> dict[str, Any]:
    """A plugin as JSON: its description of itself beside what was found of it."""
    info = one.info.model_dump(mode="json", exclude={"name"}) if one.info else {}
    return {**one.model_dump(mode="json", exclude={"info"}), **info}


def _print(found: Sequence[Surveyed]) -> None:
    loaded = [(one, one.info) for one in found if one.info is not None]
    if loaded:
        print_table(
            ("plugin", "version", "kind", "domains", "runs in", "from", "summary"),
            [
                (
                    one.name,
                    info.version,
                    info.kind.value,
                    ", ".join(info.domains),
                    one.runs,
                    one.package,
                    info.summary,
                )
                for one, info in loaded
            ],
        )
    for one in found:
        if one.status is Status.BLOCKED:
            click.echo(f"blocked: {one.name} ({one.package})")
    for one in found:
        if one.status is Status.BROKEN:
            click.echo(f"broken: {one.name} ({one.package}): {one.why}")
    if not found:
        click.echo("no plugins are installed: pip install steptriage again, it brings some")
