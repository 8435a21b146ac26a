"""`triage experts`: who may answer, and what for."""

from datetime import UTC, datetime
from pathlib import Path

import click

from triage.cli.common import as_json, configured, print_json, print_table, read_settings
from triage.errors import UsageError
from triage.store.database import open_store, writing
from triage.store.experts import Expert, add_expert, all_experts, revoke_expert


@click.group()
def command() -> None:
    """Say who may answer, and for which domains.

    Example: triage experts add ann --credential math --credential logic
    """


@command.command()
@click.argument("name")
@click.option(
    "--credential",
    "credentials",
    metavar="DOMAIN",
    multiple=True,
    required=True,
    help="A domain the expert may judge, or * for all; give it several times for several.",
)
@configured
def add(name: str, credentials: tuple[str, ...], config: Path | None, db: str | None) -> None:
    """Admit an expert; one who is known gets these credentials in place of the old.

    Example: triage experts add ann --credential math --credential logic
    """
    for word in (name, *credentials):
        if not word.strip() or not word.isprintable():
            raise UsageError(f"{word!r} is no name: it is empty or has unprintable characters")
    engine = open_store(read_settings(config, db).settings.db)
    with writing(engine) as connection:
        expert = add_expert(connection, name.strip(), [word.strip() for word in credentials])
    click.echo(f"{expert.name} may judge: {', '.join(expert.credentials)}")


@command.command("list")
@configured
@as_json
def list_(config: Path | None, db: str | None, as_json: bool) -> None:
    """Show all experts with their credentials.

    Example: triage experts list
    """
    engine = open_store(read_settings(config, db).settings.db)
    with engine.connect() as connection:
        experts = all_experts(connection)
    if as_json:
        print_json([_told(expert) for expert in experts])
        return
    rows = [
        (one.name, ", ".join(one.credentials), _day(one.added_at), _day(one.revoked_at))
        for one in experts
    ]
    print_table(["expert", "credentials", "added", "revoked"], rows)


@command.command()
@click.argument("name")
@configured
def revoke(name: str, config: Path | None, db: str | None) -> None:
    """End an expert's right to answer; the verdicts given so far stay.

    Example: triage experts revoke ann
    """
    engine = open_store(read_settings(config, db).settings.db)
    with writing(engine) as connection:
        if not revoke_expert(connection, name):
            raise UsageError(f"no expert {name!r} holds credentials: triage experts list")
    click.echo(f"{name} may no longer answer")


def _told(expert: Expert) -> dict[str, object]:
    return {
        "name": expert.name,
        "credentials": list(expert.credentials),
        "added_at": _moment(expert.added_at),
        "revoked_at": _moment(expert.revoked_at),
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _day(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
