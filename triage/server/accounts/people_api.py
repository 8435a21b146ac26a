"""What admins do: admit and revoke people and programs, end sessions, read the audit log."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from triage.queue.people import admit, dismiss, new_key, new_link, sign_out
from triage.server.accounts.signin import Person, require
from triage.server.http.forms import OnceRoute, Sent
from triage.server.http.house import InHouse
from triage.server.http.problems import said
from triage.store.people.accounts import Account, Role, all_accounts
from triage.store.people.auditlog import acts

router = APIRouter(prefix="/api/v1", route_class=OnceRoute, tags=["admin"])

Admin = Annotated[Person, Depends(require(Role.ADMIN))]
Name = Annotated[str, Path(min_length=1, max_length=200, examples=["bob"])]


class PersonSent(Sent):
    """What a person may do."""

    credentials: list[str] = Field(default=[], max_length=100, examples=[["math", "logic"]])
    roles: list[Role] = Field(default=[], examples=[["adjudicator"]])


class PersonTold(BaseModel):
    """An account; times are Unix seconds."""

    name: str
    roles: list[str]
    credentials: list[str]
    added_at: float
    revoked_at: float | None


class Admitted(BaseModel):
    """The rights an account has from now on."""

    name: str
    roles: list[str]
    credentials: list[str]


class People(BaseModel):
    """All accounts, by name."""

    people: list[PersonTold]


class SecretTold(BaseModel):
    """A secret that is told this once: only its hash is stored."""

    secret: str


class Ended(BaseModel):
    """How many sessions were ended."""

    sessions: int


class Revoked(BaseModel):
    """The account is shut, with its sessions, links and keys."""

    revoked: Literal[True] = True


class ActTold(BaseModel):
    """One line of the audit log; `at` is in Unix seconds."""

    number: int
    at: float
    who: str
    what: str
    about: dict[str, Any]
    address: str | None


class Acts(BaseModel):
    """The audit log, newest line first."""

    acts: list[ActTold]


@router.get("/people", responses=said(401, 403, 429))
def people(place: InHouse, _admin: Admin) -> People:
    """List all accounts."""
    with place.reading() as connection:
        return People(people=[_told(one) for one in all_accounts(connection)])


@router.put("/people/{name}", responses=said(401, 403, 422, 429))
def put_person(place: InHouse, admin: Admin, name: Name, given: PersonSent) -> Admitted:
    """Admit a person or program; one who is known gets these rights in place of the old."""
    with place.writing() as connection:
        roles = admit(connection, admin.name, name, given.credentials, given.roles)
    return Admitted(name=name, roles=sorted(roles), credentials=sorted(set(given.credentials)))


@router.delete("/people/{name}", responses=said(401, 403, 422, 429))
def revoke_person(place: InHouse, admin: Admin, name: Name) -> Revoked:
    """End all rights, sessions, links and keys of an account at once."""
    with place.writing() as connection:
        dismiss(connection, admin.name, name)
    return Revoked()


@router.post("/people/{name}/link", responses=said(401, 403, 422, 429))
def link(place: InHouse, admin: Admin, name: Name) -> SecretTold:
    """Make a personal link's secret; it goes after `/signin#`. The link before it ends."""
    with place.writing() as connection:
        days = place.settings.server.link_days
        return SecretTold(secret=new_link(connection, admin.name, name, days))


@router.post("/people/{name}/key", responses=said(401, 403, 422, 429))
def key(place: InHouse, admin: Admin, name: Name) -> SecretTold:
    """Make a key for a program, to be sent as `Authorization: Bearer`."""
    with place.writing() as connection:
        return SecretTold(secret=new_key(connection, admin.name, name))


@router.delete("/people/{name}/sessions", responses=said(401, 403, 422, 429))
def end_sessions(place: InHouse, admin: Admin, name: Name) -> Ended:
    """End all sessions of an account."""
    with place.writing() as connection:
        return Ended(sessions=sign_out(connection, admin.name, name))


@router.get("/audit", responses=said(401, 403, 422, 429))
def audit(
    place: InHouse,
    _admin: Admin,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Acts:
    """Read the audit log backwards from its end, or from before a line's number."""
    with place.reading() as connection:
        found = acts(connection, before=before, limit=limit)
    return Acts(acts=[ActTold(**one._asdict()) for one in found])


def _told(account: Account) -> PersonTold:
    return PersonTold(
        name=account.name,
        roles=sorted(account.roles),
        credentials=list(account.credentials),
        added_at=account.added_at,
        revoked_at=account.revoked_at,
    )
