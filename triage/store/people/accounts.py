"""Keeps who may sign in and as what; credentials to judge domains are the experts' table's."""

import json
import time
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from triage.store.people.keys import Secret, digest
from triage.store.tables.schema import accounts, experts, secrets


class Role(StrEnum):
    """What an account may do."""

    PLATFORM = "platform"
    """A program: hands in traces; reads decisions and the state of the queue."""
    EXPERT = "expert"
    """Answers steps of the domains it holds credentials for."""
    ADJUDICATOR = "adjudicator"
    """Ends splits between experts."""
    LEAD = "lead"
    """Sees the queue with its reasons, and how work goes."""
    ADMIN = "admin"
    """Admits and revokes people; sees the audit log."""


class Account(NamedTuple):
    """Somebody who may sign in.

    Attributes:
        credentials: Domains the account may judge.
        password: Argon2 hash; None if the account has no password.
    """

    name: str
    roles: frozenset[Role]
    credentials: tuple[str, ...]
    password: str | None
    added_at: float
    revoked_at: float | None


class Shown(NamedTuple):
    """A secret that somebody shows, as it is stored."""

    kind: Secret
    digest: str


def add_account(connection: Connection, name: str, roles: Iterable[Role]) -> None:
    """Admit somebody; one who is known gets these roles in place of the old, keeps the password.

    Needs a writing transaction.
    """
    known = connection.execute(select(accounts.c.password).where(accounts.c.name == name)).first()
    connection.execute(delete(accounts).where(accounts.c.name == name))
    row = {
        "name": name,
        "roles": json.dumps(sorted(set(roles))),
        "password": known.password if known else None,
        "added_at": time.time(),
        "revoked_at": None,
    }
    connection.execute(insert(accounts), row)


def set_password(connection: Connection, name: str, password_hash: str) -> bool:
    """Give an account a password. False if there is no such account."""
    changed = connection.execute(
        update(accounts).where(accounts.c.name == name).values(password=password_hash)
    )
    return changed.rowcount > 0


def revoke_account(connection: Connection, name: str) -> bool:
    """Shut an account; false if nobody had it."""
    changed = connection.execute(
        update(accounts)
        .where(accounts.c.name == name, accounts.c.revoked_at.is_(None))
        .values(revoked_at=time.time())
    )
    return changed.rowcount > 0


def find_account(connection: Connection, name: str) -> Account | None:
    """One account, revoked or not; None if there is none of this name."""
    row = connection.execute(_ONE, {"wanted": name}).first()
    return None if row is None else _account(*row)


def signed_in(connection: Connection, kind: Secret, secret: str) -> Account | None:
    """The account that a secret opens; None if the secret or the account is unknown or ended."""
    shown = Shown(kind, digest(secret))
    return opened(connection, [shown]).get(shown)


def opened(connection: Connection, shown: Iterable[Shown]) -> dict[Shown, Account]:
    """The accounts that secrets open, read at once."""
    wanted = set(shown)
    given = {"digests": sorted({one.digest for one in wanted}), "now": time.time()}
    rows = connection.execute(_BY_SECRET, given)
    found = {Shown(Secret(kind), stored): _account(*row) for *row, kind, stored in rows}
    return {one: account for one, account in found.items() if one in wanted}


def all_accounts(connection: Connection) -> list[Account]:
    """Everybody who may or might sign in, by name."""
    return [_account(*row) for row in connection.execute(_all().order_by(accounts.c.name))]


def _all() -> Select[Any]:
    return select(
        accounts.c.name,
        accounts.c.roles,
        accounts.c.password,
        accounts.c.added_at,
        accounts.c.revoked_at,
        experts.c.credentials,
        experts.c.revoked_at.label("expert_revoked_at"),
    ).outerjoin(experts, experts.c.name == accounts.c.name)


_BY_SECRET: Final = (
    _all()
    .add_columns(secrets.c.kind, secrets.c.digest)
    .join(secrets, secrets.c.name == accounts.c.name)
    .where(
        accounts.c.revoked_at.is_(None),
        secrets.c.digest.in_(bindparam("digests", expanding=True)),
        secrets.c.revoked_at.is_(None),
        or_(secrets.c.until.is_(None), secrets.c.until > bindparam("now")),
    )
)
_ONE: Final = _all().where(accounts.c.name == bindparam("wanted"))


def _account(
    name: str,
    roles: str,
    password: str | None,
    added_at: float,
    revoked_at: float | None,
    credentials: str | None,
    expert_revoked_at: float | None,
) -> Account:
    held = tuple(json.loads(credentials)) if credentials and expert_revoked_at is None else ()
    return Account(
        name, frozenset(Role(role) for role in json.loads(roles)), held, password, added_at,
        revoked_at,
    )  # fmt: skip
