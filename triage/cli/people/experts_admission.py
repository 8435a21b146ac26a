"""`triage experts standing`, `admit` and `repeat`: who may work in which domain's queue."""

from pathlib import Path

import click

from triage.cli.common import as_json, configured, print_json, print_table, read_settings
from triage.queue.gold.admission import admit_by_hand, repeat_round, standings_of
from triage.queue.people import TERMINAL
from triage.queue.standing_words import told
from triage.store.database import writing
from triage.store.look import open_existing
from triage.store.people.experts import all_experts

_REASON = click.option(
    "--reason", required=True, help="Why, in a sentence; it goes into the audit log."
)
_DOMAIN = click.option("--domain", required=True, help="The domain whose queue it is about.")


@click.command()
@configured
@as_json
def standing(config: Path | None, db: str | None, as_json: bool) -> None:
    """Show who is admitted to which domain's queue, and how calibration rounds ended.

    Example: triage experts standing
    """
    settings = read_settings(config, db).settings
    with open_existing(settings.db).connect() as connection:
        found = [
            (expert.name, one)
            for expert in all_experts(connection)
            if expert.revoked_at is None
            for one in standings_of(connection, settings, expert)
        ]
    if as_json:
        print_json([{"expert": name} | one._asdict() for name, one in found])
        return
    rows = [
        (name, one.domain, one.stand, f"{one.answered}/{one.wanted}" if one.wanted else "",
         _agreed(one.result), one.by or "")
        for name, one in found
    ]  # fmt: skip
    print_table(["expert", "domain", "standing", "answered", "agree", "by"], rows)
    for name, one in found:
        if one.result is not None:
            click.echo(f"{name}, {one.domain}: {told(one)[0]}")


@click.command()
@click.argument("name")
@_DOMAIN
@_REASON
@configured
def admit(name: str, domain: str, reason: str, config: Path | None, db: str | None) -> None:
    """Admit an expert to a domain's queue by hand, without a calibration round or in spite of one.

    Example: triage experts admit ann --domain math --reason "wrote the guideline"
    """
    with writing(open_existing(read_settings(config, db).settings.db)) as connection:
        admit_by_hand(connection, TERMINAL, name, domain, reason)
    click.echo(f"{name} is admitted to the queue of {domain}")


@click.command()
@click.argument("name")
@_DOMAIN
@_REASON
@configured
def repeat(name: str, domain: str, reason: str, config: Path | None, db: str | None) -> None:
    """Ask an expert for another calibration round; until it is passed the queue is closed.

    Example: triage experts repeat ann --domain math --reason "read the guideline meanwhile"
    """
    settings = read_settings(config, db).settings
    with writing(open_existing(settings.db)) as connection:
        seen = repeat_round(connection, settings, TERMINAL, name, domain, reason)
    again = f"; {seen} of its steps were seen before: triage gold import adds others"
    click.echo(f"{name} labels another round in {domain}{again if seen else ''}")


def _agreed(result: dict[str, object] | None) -> str:
    return "" if result is None else f"{result['agree']}/{result['steps']}"
