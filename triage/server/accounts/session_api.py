"""`/api/v1/session`: signing in by link or password, who one is, and signing out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from triage.server.accounts.passwords import is_right
from triage.server.accounts.signin import (
    Person,
    SignedIn,
    check_origin,
    clear_cookies,
    csrf_of,
    session_cookie,
    set_cookies,
)
from triage.server.http.forms import OnceRoute
from triage.server.http.house import House, InHouse
from triage.server.http.problems import Problem, said
from triage.store.people import accounts
from triage.store.people.accounts import Account, find_account
from triage.store.people.auditlog import note_act
from triage.store.people.keys import (
    Secret,
    drop_ended,
    make_secret,
    revoke_secret,
    revoke_secrets,
)

router = APIRouter(prefix="/api/v1/session", route_class=OnceRoute, tags=["session"])

_DAY = 86_400.0


class ByLink(BaseModel):
    """Signing in by the secret of a personal link."""

    model_config = ConfigDict(extra="forbid")
    link: str = Field(min_length=20, max_length=100)


class ByPassword(BaseModel):
    """Signing in by name and password."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


class Who(BaseModel):
    """Who is signed in. `csrf` goes back in the header X-CSRF-Token of whatever changes things."""

    name: str = Field(examples=["ann"])
    roles: list[str] = Field(examples=[["expert"]])
    credentials: list[str] = Field(examples=[["math"]])
    csrf: str | None


class Left(BaseModel):
    """A session is over."""

    signed_out: Literal[True] = True


_EXAMPLES = {"password": {"value": {"name": "ann", "password": "correct horse battery"}}}


@router.post("", responses=said(401, 403, 422, 429))
def sign_in(
    request: Request,
    response: Response,
    place: InHouse,
    given: Annotated[ByLink | ByPassword, Body(openapi_examples=_EXAMPLES)],
) -> Who:
    """Sign in. The session is in a cookie that scripts can't read."""
    check_origin(request)
    address = request.client.host if request.client else "unknown"
    way = "link" if isinstance(given, ByLink) else "password"
    tried = given.name if isinstance(given, ByPassword) else None
    place.limits.may_try(tried, address)
    account = _by_link(place, given) if isinstance(given, ByLink) else _by_password(place, given)
    if account is None or account.revoked_at is not None:
        place.limits.failed(tried, address)
        place.meters.sign_ins.labels(way, "refused").inc()
        with place.writing() as connection:
            note_act(connection, tried or "unknown", "sign-in-refused", {"way": way},
                     address=address)  # fmt: skip
        raise Problem(401, "sign-in-refused", f"this {way} opens nothing: ask who invited you")
    with place.writing() as connection:
        drop_ended(connection, 30 * _DAY)
        hours = place.settings.server.session_hours
        session = make_secret(connection, Secret.SESSION, account.name, seconds=hours * 3600)
        note_act(connection, account.name, "sign-in", {"way": way}, address=address)
    place.meters.sign_ins.labels(way, "done").inc()
    set_cookies(response, place, session)
    return _told(Person(account.name, account.roles, account.credentials, csrf_of(session)))


@router.get("", responses=said(401))
def who_am_i(signed_in: SignedIn) -> Who:
    """Tell who is signed in."""
    return _told(signed_in)


@router.delete("", responses=said(401, 403, 422))
def sign_out(
    request: Request,
    response: Response,
    place: InHouse,
    signed_in: SignedIn,
    everywhere: bool = False,
) -> Left:
    """End this session, or all of one's sessions."""
    with place.writing() as connection:
        if everywhere:
            revoke_secrets(connection, signed_in.name, Secret.SESSION)
        elif session := request.cookies.get(session_cookie(place)):
            revoke_secret(connection, Secret.SESSION, session)
        note_act(connection, signed_in.name, "sign-out", {"everywhere": everywhere})
    clear_cookies(response, place)
    return Left()


def _by_link(place: House, given: ByLink) -> Account | None:
    with place.reading() as connection:
        return accounts.signed_in(connection, Secret.LINK, given.link)


def _by_password(place: House, given: ByPassword) -> Account | None:
    with place.reading() as connection:
        account = find_account(connection, given.name)
    right = is_right(account.password if account else None, given.password)
    return account if right else None


def _told(signed_in: Person) -> Who:
    return Who(
        name=signed_in.name,
        roles=sorted(signed_in.roles),
        credentials=list(signed_in.credentials),
        csrf=signed_in.csrf,
    )
