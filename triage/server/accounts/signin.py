"""Who sends a request: by a session's cookie or a program's key, and with what rights."""

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, Request, Response

from triage.server.http.house import House, house
from triage.server.http.problems import Problem
from triage.store.database import reading_once
from triage.store.people.accounts import Account, Role, Shown, signed_in
from triage.store.people.keys import Secret, digest

CSRF_HEADER: Final = "X-CSRF-Token"
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
_KEYLESS: Final = "sign in first, or send a key"
_UNKNOWN: Final = (
    "this key or session is not known, has ended or was revoked: sign in again, or have the "
    "operator make a new key (`triage experts add NAME --role platform --key`)"
)


class Person(NamedTuple):
    """The account behind a request.

    Attributes:
        credentials: Domains it may judge.
        csrf: What a page must send back in the header `X-CSRF-Token`; None for programs.
    """

    name: str
    roles: frozenset[Role]
    credentials: tuple[str, ...]
    csrf: str | None = None


def visitor(request: Request) -> Person | None:
    """Whoever sends a request, if signed in; for pages that are there for strangers too."""
    place = house(request)
    kind, secret, claimed = _shown(request, place)
    if secret is None:
        return None
    with reading_once(place.engine) as connection:
        account = signed_in(connection, kind, secret)
    return _welcome(request, account, kind, secret, claimed)


async def person(request: Request) -> Person:
    """Whoever sends a request, signed in and by our own page.

    Raises:
        Problem: Nobody, or too often, or what changes something does not come from our page.
    """
    place = house(request)
    kind, secret, claimed = _shown(request, place)
    found = None
    if secret is not None:
        account = await place.opened.ask(Shown(kind, digest(secret)))
        found = _welcome(request, account, kind, secret, claimed)
    if found is None:
        headers = {"WWW-Authenticate": 'Bearer realm="triage"'}
        raise Problem(401, "not-signed-in", _KEYLESS if secret is None else _UNKNOWN, headers)
    place.limits.request(found.name, program=found.csrf is None)
    if found.csrf is not None and request.method not in _SAFE:
        check_csrf(request, found.csrf, request.headers.get(CSRF_HEADER, ""))
    return found


SignedIn = Annotated[Person, Depends(person)]


def require(*roles: Role) -> Callable[[Person], Awaitable[Person]]:
    """A dependency that lets in those who have one of the roles."""

    # what waits for nothing is no reason to change to another thread
    async def check(someone: SignedIn) -> Person:
        if not someone.roles & set(roles):
            wanted = " or ".join(sorted(roles))
            raise Problem(403, "forbidden", f"this needs the role {wanted}: ask an admin")
        return someone

    return check


def check_csrf(request: Request, wanted: str, sent: str) -> None:
    """Refuse what does not come from a page that we gave to this session.

    Args:
        sent: The token that came with the request, in the header or in a form's field.

    Raises:
        Problem: The origin, the token or its cookie is another's.
    """
    check_origin(request)
    cookie = request.cookies.get(csrf_cookie(house(request)), "")
    if not (_same(sent, wanted) and _same(cookie, wanted)):
        raise Problem(403, "csrf", f"the header {CSRF_HEADER} is missing or wrong: reload")


def check_origin(request: Request) -> None:
    """Refuse what another site's page sends with a browser's cookies.

    Raises:
        Problem: The request does not come from a page of ours.
    """
    origins = house(request).origins(request.headers.get("host", ""))
    origin = request.headers.get("origin")
    same_site = request.headers.get("sec-fetch-site") in (None, "same-origin")
    if origin is None or origin.lower() not in origins or not same_site:
        raise Problem(403, "wrong-origin", "this must be sent by a page of this server")


def set_cookies(response: Response, place: House, session: str) -> None:
    """Give a browser its session."""
    age = int(place.settings.server.session_hours * 3600)
    response.set_cookie(
        session_cookie(place), session, max_age=age, httponly=True, samesite="lax",
        secure=place.secure,
    )  # fmt: skip
    response.set_cookie(
        csrf_cookie(place), csrf_of(session), max_age=age, samesite="strict", secure=place.secure
    )


def clear_cookies(response: Response, place: House) -> None:
    """Take a browser's session away."""
    response.delete_cookie(
        session_cookie(place), httponly=True, samesite="lax", secure=place.secure
    )
    response.delete_cookie(csrf_cookie(place), samesite="strict", secure=place.secure)


def session_cookie(place: House) -> str:
    """The name of the session's cookie; the prefix makes browsers keep neighbours' hands off."""
    return "__Host-triage_session" if place.secure else "triage_session"


def csrf_cookie(place: House) -> str:
    """The name of the cookie that our page's script reads and sends back."""
    return "__Host-triage_csrf" if place.secure else "triage_csrf"


def csrf_of(session: str) -> str:
    """The token that belongs to a session, and tells nothing about it."""
    return hmac.new(session.encode(), b"csrf", hashlib.sha256).hexdigest()


def _welcome(
    request: Request, account: Account | None, kind: Secret, secret: str, claimed: str | None
) -> Person | None:
    if account is None or claimed not in (None, account.name):
        return None
    request.state.account = account.name
    csrf = csrf_of(secret) if kind is Secret.SESSION else None
    return Person(account.name, account.roles, account.credentials, csrf)


def _shown(request: Request, place: House) -> tuple[Secret, str | None, str | None]:
    """What a request shows: the kind of secret, the secret, and the name that goes with it."""
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return Secret.KEY, shown.strip() or None, None
    if scheme.lower() == "basic":
        # platforms that can't send a key as such send it as the account's password
        name, _, key = _decoded(shown).partition(":")
        return Secret.KEY, key or None, name
    return Secret.SESSION, request.cookies.get(session_cookie(place)), None


def _decoded(shown: str) -> str:
    try:
        return base64.b64decode(shown.strip(), validate=True).decode()
    except ValueError:
        return ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
