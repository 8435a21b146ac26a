"""`triage queue`: what waits for experts, labelling at the terminal, and the way in for answers."""

import sys
from pathlib import Path

import click
from sqlalchemy import Engine

from triage.cli.common import as_json, configured, print_json, print_table, read_settings
from triage.cli.people.queue_answers import import_, resolve_, submit
from triage.configuration.settings import Settings
from triage.queue.gold.admission import Stand
from triage.queue.laying import stands, take_next
from triage.queue.standing_words import told
from triage.store.labelling import queue as store
from triage.store.labelling.queue import State
from triage.store.look import open_existing


@click.group()
def command() -> None:
    """The experts' queue: label steps, take verdict files, resolve splits.

    Example: triage queue next --expert ann
    """


command.add_command(submit)
command.add_command(import_)
command.add_command(resolve_)


@command.command("list")
@click.option("--domain", help="Only steps of this domain.")
@click.option("--reason", help="Only steps with this first reason.")
@click.option(
    "--state", type=click.Choice([one.value for one in State]), help="Only steps in this state."
)
@click.option("--limit", type=click.IntRange(min=1), default=50, help="Most steps; 50 by default.")
@configured
@as_json
def list_(
    domain: str | None,
    reason: str | None,
    state: str | None,
    limit: int,
    config: Path | None,
    db: str | None,
    as_json: bool,
) -> None:
    """Show the queue in its order, with reasons: for leads, not for those who label blind.

    Example: triage queue list --domain math --state split
    """
    engine = open_existing(read_settings(config, db).settings.db)
    with engine.connect() as connection:
        found = store.entries(
            connection,
            domain=domain,
            reason=reason,
            state=State(state) if state else None,
            limit=limit,
        )
    if as_json:
        print_json([one._asdict() for one in found])
        return
    rows = [
        (one.trace_id, one.step, one.domain, one.state, one.reason, f"{one.priority:.2f}",
         one.skipped or "")
        for one in found
    ]  # fmt: skip
    print_table(["trace", "step", "domain", "state", "reason", "priority", "skipped"], rows)


@command.command("next")
@click.option("--expert", required=True, metavar="NAME", help="Who answers.")
@configured
@as_json
def next_(expert: str, config: Path | None, db: str | None, as_json: bool) -> None:
    """Label at the terminal, one key a step; without a terminal, print the next step as JSON.

    Nothing the machine made of a step is shown. The step is kept for the expert for half an hour.

    Example: triage queue next --expert ann
    """
    settings = read_settings(config, db).settings
    engine = open_existing(settings.db)
    if as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        taken = take_next(engine, settings, expert)
        print_json(None if taken is None else taken.item.model_dump(mode="json"))
        if taken is None:
            _tell_closed(engine, settings, expert)
        return
    from triage.terminal.keys import terminal_keys
    from triage.terminal.screen import Screen
    from triage.terminal.session import Sitting

    with terminal_keys() as keys:
        sitting = Sitting(engine, settings, expert, Screen(), keys)
        sitting.hold()
    _tell_closed(engine, settings, expert)
    given = +sitting.answered
    shares = ", ".join(f"{count} {label.value}" for label, count in given.most_common())
    click.echo(f"{given.total()} answers stored" + (f": {shares}" if shares else ""))


def _tell_closed(engine: Engine, settings: Settings, expert: str) -> None:
    """Tell in which domains the expert is not admitted, and what to do."""
    for one in stands(engine, settings, expert):
        if one.stand in (Stand.REFUSED, Stand.SHORT):
            click.echo(f"{one.domain}: not admitted. {' '.join(told(one))}", err=True)


@command.command()
@configured
@as_json
def stats(config: Path | None, db: str | None, as_json: bool) -> None:
    """Count the queue by state, domain and first reason, and the answers by expert.

    Example: triage queue stats
    """
    # imported late: the report's figures take longer to load than the next step to show
    from triage.report.tallies.workload import queue_figures

    engine = open_existing(read_settings(config, db).settings.db)
    with engine.connect() as connection:
        found = queue_figures(connection)
    if as_json:
        print_json(found.model_dump(exclude={"counts"}))
        return
    print_table(["", *found.states], [("steps", *found.states.values())])
    for title, table in (("domain", found.domains), ("reason", found.reasons)):
        click.echo()
        rows = [(name, *(row.get(state, 0) for state in found.states))
                for name, row in table.items()]  # fmt: skip
        print_table([title, *found.states], rows)
    click.echo()
    answers = [(name, one.answered, one.skipped) for name, one in found.experts.items()]
    print_table(["expert", "answered", "skipped"], answers)
