"""Admits and dismisses people and programs; each act is noted in the audit log."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from triage.errors import UsageError
from triage.store.people.accounts import (
    Role,
    add_account,
    find_account,
    revoke_account,
    set_password,
)
from triage.store.people.auditlog import note_act
from triage.store.people.experts import add_expert, revoke_expert
from triage.store.people.keys import Secret, make_secret, revoke_secrets

TERMINAL: Final = "terminal"
"""Who acts where somebody holds the store itself."""

_DAY: Final = 86_400.0


def admit(
    connection: Connection, by: str, name: str, credentials: Iterable[str], roles: Iterable[Role]
) -> frozenset[Role]:
    """Admit a person; one who is known gets these credentials and roles in place of the old.

    Needs a writing transaction.

    Args:
        by: Who does it.

    Returns:
        All roles of the account: credentials make an expert.

    Raises:
        UsageError: A name is none, or roles and credentials don't fit together.
    """
    domains = sorted(set(credentials))
    held = frozenset(roles) | ({Role.EXPERT} if domains else frozenset())
    for word in (name, *domains):
        if not word.strip() or not word.isprintable():
            raise UsageError(f"{word!r} is no name: it is empty or has unprintable characters")
    if not held:
        raise UsageError("say what the person may do: --credential DOMAIN or --role ROLE")
    if held & {Role.EXPERT, Role.ADJUDICATOR} and not domains:
        raise UsageError("experts and adjudicators judge some domain: --credential DOMAIN")
    if domains:
        add_expert(connection, name, domains)
    else:
        revoke_expert(connection, name)
    add_account(connection, name, held)
    about = {"name": name, "roles": sorted(held), "credentials": domains}
    note_act(connection, by, "account-added", about)
    return held


def dismiss(connection: Connection, by: str, name: str) -> None:
    """End all rights, sessions, links and keys of an account. Needs a writing transaction.

    Raises:
        UsageError: There is none that is open.
    """
    ended = [revoke_expert(connection, name), revoke_account(connection, name)]
    if not any(ended):
        raise UsageError(f"nobody of the name {name!r} may answer: triage experts list")
    revoke_secrets(connection, name)
    note_act(connection, by, "account-revoked", {"name": name})


def new_link(connection: Connection, by: str, name: str, days: float) -> str:
    """Make a personal link's secret; the links before it open nothing any more.

    Needs a writing transaction.

    Raises:
        UsageError: There is no such account.
    """
    _open_account(connection, name)
    revoke_secrets(connection, name, Secret.LINK)
    note_act(connection, by, "link-made", {"name": name})
    return make_secret(connection, Secret.LINK, name, seconds=days * _DAY)


def new_key(connection: Connection, by: str, name: str) -> str:
    """Make a program's key; the keys before it stay until they are revoked.

    Needs a writing transaction.

    Raises:
        UsageError: There is no such account.
    """
    _open_account(connection, name)
    note_act(connection, by, "key-made", {"name": name})
    return make_secret(connection, Secret.KEY, name)


def new_password(connection: Connection, by: str, name: str, password_hash: str) -> None:
    """Give an account a password and end its sessions. Needs a writing transaction."""
    set_password(connection, name, password_hash)
    revoke_secrets(connection, name, Secret.SESSION)
    note_act(connection, by, "password-set", {"name": name})


def sign_out(connection: Connection, by: str, name: str) -> int:
    """End all sessions of an account; gives how many there were. Needs a writing transaction."""
    ended = revoke_secrets(connection, name, Secret.SESSION)
    note_act(connection, by, "sessions-ended", {"name": name, "sessions": ended})
    return ended


def _open_account(connection: Connection, name: str) -> None:
    account = find_account(connection, name)
    if account is None or account.revoked_at is not None:
        raise UsageError(f"{name!r} has no account: triage experts add {name!r}")
