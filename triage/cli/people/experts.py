"""`triage experts`: who may answer and what for, who may sign in and as what."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from triage.cli.common import as_json, configured, print_json, print_table, read_settings
from triage.cli.people.experts_admission import admit as admit_
from triage.cli.people.experts_admission import repeat, standing
from triage.configuration.settings import Settings
from triage.errors import MissingExtraError
from triage.queue.people import TERMINAL, admit, dismiss, new_key, new_link, new_password
from triage.store.database import open_store, writing
from triage.store.look import open_existing
from triage.store.people.accounts import Account, Role, all_accounts
from triage.store.people.experts import EVERY_DOMAIN, Expert, all_experts
from triage.store.run.traces import domains_there


@click.group()
def command() -> None:
    """Say who may answer, and for which domains; who may sign in, and as what.

    Example: triage experts add ann --credential math --credential logic --link
    """


command.add_command(standing)
command.add_command(admit_)
command.add_command(repeat)


@command.command()
@click.argument("name")
@click.option(
    "--credential",
    "credentials",
    metavar="DOMAIN",
    multiple=True,
    help="A domain the expert may judge, or * for all; give it several times for several.",
)
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    help="What else the account may do; who has credentials is an expert without saying so.",
)
@click.option("--link", is_flag=True, help="Print a new personal link to sign in with, this once.")
@click.option("--password", is_flag=True, help="Ask for a password to sign in with.")
@click.option("--key", is_flag=True, help="Print a new key for a program, this once.")
@configured
def add(
    name: str,
    credentials: tuple[str, ...],
    roles: tuple[str, ...],
    link: bool,
    password: bool,
    key: bool,
    config: Path | None,
    db: str | None,
) -> None:
    """Admit a person; one who is known gets these credentials and roles in place of the old.

    A new link ends the one before. Who has a link, a password or a key acts in that name: what is
    printed here is stored as a hash only and can't be shown again.

    Example: triage experts add ann --credential math --credential logic --link
    """
    settings = read_settings(config, db).settings
    hashed = _ask_password() if password else None
    engine = open_store(settings.db)
    made = []
    with writing(engine) as connection:
        before = {one.name: one.credentials for one in all_experts(connection)}.get(name, ())
        there = domains_there(connection)
        held = admit(connection, TERMINAL, name, credentials, [Role(role) for role in roles])
        if hashed is not None:
            new_password(connection, TERMINAL, name, hashed)
        if link:
            secret = new_link(connection, TERMINAL, name, settings.server.link_days)
            made.append(_link(settings, secret))
        if key:
            made.append(new_key(connection, TERMINAL, name))
    words = [*sorted(credentials), *sorted(role.value for role in held - {Role.EXPERT})]
    click.echo(f"{name}: {', '.join(words)}")
    if lost := sorted(set(before) - set(credentials)):
        click.echo(f"{name} may no longer judge {', '.join(lost)}", err=True)
    for one in sorted(set(credentials) - {EVERY_DOMAIN, *there} if there else ()):
        click.echo(f"no trace is of the domain {one!r} yet: there are {', '.join(there)}", err=True)
    for one in made:
        click.echo(one)


@command.command("list")
@configured
@as_json
def list_(config: Path | None, db: str | None, as_json: bool) -> None:
    """Show everybody with their credentials and roles.

    Example: triage experts list
    """
    engine = open_existing(read_settings(config, db).settings.db)
    with engine.connect() as connection:
        experts = {one.name: one for one in all_experts(connection)}
        accounts = {one.name: one for one in all_accounts(connection)}
    names = sorted(experts.keys() | accounts.keys())
    told = [_told(name, experts.get(name), accounts.get(name)) for name in names]
    if as_json:
        print_json(told)
        return
    rows = [
        (one["name"], ", ".join(one["credentials"]), ", ".join(one["roles"]),
         _day(one["added_at"]), _day(one["revoked_at"]))
        for one in told
    ]  # fmt: skip
    print_table(["name", "credentials", "roles", "added", "revoked"], rows)


@command.command()
@click.argument("name")
@configured
def revoke(name: str, config: Path | None, db: str | None) -> None:
    """End a person's rights, sessions and keys at once; the verdicts given so far stay.

    Example: triage experts revoke ann
    """
    engine = open_existing(read_settings(config, db).settings.db)
    with writing(engine) as connection:
        dismiss(connection, TERMINAL, name)
    click.echo(f"{name} may no longer answer or sign in")


def _ask_password() -> str:
    try:
        from triage.server.accounts.passwords import hash_password
    except ModuleNotFoundError as why:
        raise MissingExtraError("a password", "server") from why
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return hash_password(asked)


def _link(settings: Settings, secret: str) -> str:
    # after the #, a secret is sent to no server and stands in no log
    server = settings.server
    origin = server.origin.rstrip("/") or f"http://{server.host}:{server.port}"
    return f"{origin}/signin#{secret}"


def _told(name: str, expert: Expert | None, account: Account | None) -> dict[str, Any]:
    added = [one.added_at for one in (expert, account) if one is not None]
    revoked = [one.revoked_at for one in (expert, account) if one is not None]
    is_open = None in revoked
    return {
        "name": name,
        "credentials": list(expert.credentials) if expert else [],
        "roles": sorted(account.roles) if account else [Role.EXPERT.value],
        "added_at": _moment(max(added)),
        "revoked_at": None if is_open else _moment(max(one for one in revoked if one)),
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _day(moment: str | None) -> str | None:
    return None if moment is None else moment[:10]
