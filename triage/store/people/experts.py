"""Keeps who may answer, and what for."""

import json
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from triage.store.ahead import Ask, read
from triage.store.people.accounts import Role
from triage.store.tables.schema import accounts, experts

EVERY_DOMAIN: Final = "*"
"""The credential that holds for every domain."""


class Expert(NamedTuple):
    """A person who may answer steps of the domains in `credentials`; times are Unix seconds.

    Attributes:
        closed: Domains among them to whose queue the person is not admitted yet.
        adjudicates: Whether the person ends splits, and so is not asked to label them blind.
    """

    name: str
    credentials: tuple[str, ...]
    added_at: float
    revoked_at: float | None
    closed: tuple[str, ...] = ()
    adjudicates: bool = False

    def may_judge(self, domain: str) -> bool:
        """Whether the person holds a credential for a domain, even a closed one."""
        held = domain in self.credentials or EVERY_DOMAIN in self.credentials
        return held and self.revoked_at is None


def add_expert(connection: Connection, name: str, credentials: Sequence[str]) -> Expert:
    """Admit a person; one who is known gets the new credentials in place of the old.

    Needs a writing transaction.
    """
    connection.execute(delete(experts).where(experts.c.name == name))
    row = {
        "name": name,
        "credentials": json.dumps(sorted(set(credentials)), ensure_ascii=False),
        "added_at": time.time(),
        "revoked_at": None,
    }
    connection.execute(insert(experts), row)
    return Expert(name, tuple(sorted(set(credentials))), time.time(), None)


def revoke_expert(connection: Connection, name: str) -> bool:
    """End a person's right to answer; what was said before stays. False if nobody had it."""
    changed = connection.execute(
        update(experts)
        .where(experts.c.name == name, experts.c.revoked_at.is_(None))
        .values(revoked_at=time.time())
    )
    return changed.rowcount > 0


def find_expert(connection: Connection, name: str) -> Expert | None:
    """One person, revoked or not; None if there is none of this name."""
    rows = read(connection, asks_expert(name))
    return _expert(*rows[0]) if rows else None


def asks_expert(name: str) -> Ask:
    """What `find_expert` reads."""
    return Ask(_FIND, {"name": name})


def all_experts(connection: Connection) -> list[Expert]:
    """Everybody, by name."""
    return [_expert(*row) for row in connection.execute(_ALL.order_by(experts.c.name))]


_ALL: Final = select(experts, accounts.c.roles).outerjoin(
    accounts, accounts.c.name == experts.c.name
)
_FIND: Final = _ALL.where(experts.c.name == bindparam("name"))


def _expert(
    name: str, credentials: str, added_at: float, revoked_at: float | None, roles: str | None
) -> Expert:
    adjudicates = roles is not None and Role.ADJUDICATOR in json.loads(roles)
    held = tuple(json.loads(credentials))
    return Expert(name, held, added_at, revoked_at, adjudicates=adjudicates)
