"""Reads what a lead sends by a form of ours: no script is needed to plan, draw and sign."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import ValidationError

from triage.certification.plans.planning import PlanOptions
from triage.errors import UsageError
from triage.ingest.keys import once
from triage.server.accounts.signin import Person, check_csrf, visitor
from triage.server.http.house import house
from triage.server.http.problems import Problem
from triage.store.people.accounts import Role

_FORM: Final = "application/x-www-form-urlencoded"
_FIELDS: Final = 50

Number = TypeVar("Number", int, float)


async def fields(request: Request) -> Mapping[str, str]:
    """The fields of a form, each once.

    Raises:
        Problem: It is no form.
        RowError: It has a field twice.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Problem(415, "no-form", "this is for the forms of the lead's pages")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return once(parse_qsl(body, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError as why:
        raise Problem(422, "invalid-request", "the form has too many fields") from why


Fields = Annotated[Mapping[str, str], Depends(fields)]


def reader(request: Request) -> Person:
    """A lead or admin who looks at a page.

    Raises:
        Problem: The person is neither, asks too often, or is not signed in and goes to the way in.
    """
    found = visitor(request)
    if found is None or found.csrf is None:
        raise Problem(303, "not-signed-in", "sign in first", {"Location": "/signin"})
    house(request).limits.request(found.name, program=False)
    if not found.roles & {Role.LEAD, Role.ADMIN}:
        raise Problem(403, "forbidden", "this needs the role lead: ask an admin")
    return found


Reader = Annotated[Person, Depends(reader)]


def sender(request: Request, reader: Reader, given: Fields) -> Person:
    """A lead or admin who sends a form of our own page.

    Raises:
        Problem: The form does not come from a page that we gave to this session.
    """
    check_csrf(request, reader.csrf or "", given.get("csrf", ""))
    return reader


Sender = Annotated[Person, Depends(sender)]


def acting(sender: Sender) -> Person:
    """A lead who sends a form.

    Raises:
        Problem: The person is no lead.
    """
    if Role.LEAD not in sender.roles:
        raise Problem(403, "forbidden", "this needs the role lead: ask an admin")
    return sender


Acting = Annotated[Person, Depends(acting)]


def plan_options(given: Mapping[str, str]) -> PlanOptions:
    """What is to be promised, from the form's fields; shares are written in percent.

    Raises:
        UsageError: A field holds no number.
    """
    values: dict[str, Any] = {}
    for name, shown, number in (
        ("alpha", "Largest share of wrong labels", _share),
        ("delta", "Chance that the promise fails", _share),
        ("coverage", "Expected share accepted", _share),
        ("second_share", "Second labels", _share),
        ("labels", "Blind labels", _whole),
        ("attempts", "Draws", _whole),
    ):
        if text := given.get(name, "").strip():
            values[name] = number(shown, text)
    values |= {
        name: given[name] for name in ("target", "strata", "over", "promised") if name in given
    }
    values["stream"] = given.get("stream") == "yes"
    try:
        return PlanOptions.model_validate(values)
    except ValidationError as why:
        first = why.errors()[0]
        raise UsageError(f"{first['loc'][0]}: {first['msg']}") from why


def _share(shown: str, text: str) -> float:
    return _number(shown, text.removesuffix("%").strip().replace(",", "."), float) / 100


def _whole(shown: str, text: str) -> int:
    return _number(shown, text, int)


def _number(shown: str, text: str, kind: Callable[[str], Number]) -> Number:
    try:
        return kind(text)
    except ValueError as why:
        raise UsageError(f"{shown}: {text[:40]!r} is no number") from why
