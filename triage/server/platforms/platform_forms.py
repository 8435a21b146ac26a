"""What platforms send, with examples that tests send, and who may."""

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import Field

from triage.server.accounts.signin import Person, require
from triage.server.http.forms import Sent
from triage.server.http.problems import Problem
from triage.store.people.accounts import Role

Platform = Annotated[Person, Depends(require(Role.PLATFORM, Role.ADMIN))]
"""Who may hand in traces."""
Watcher = Annotated[Person, Depends(require(Role.PLATFORM, Role.ADMIN, Role.LEAD))]
"""Who may see how it goes; a platform sees its own."""

RequestKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="made by the sender; sent again with the same request, it makes nothing new",
    ),
]
Cursor = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before")
]
Limit = Annotated[int, Query(ge=1, le=1000)]
Budget = Annotated[
    float | None,
    Query(
        ge=0, le=1_000_000, allow_inf_nan=False,
        description="what judges may cost, in US dollars; never passed",
    ),
]  # fmt: skip
JobId = Annotated[str, Path(max_length=64, examples=["job_5f0c9e2ab7d84c61"])]
WebhookId = Annotated[str, Path(max_length=64, examples=["wh_5f0c9e2ab7d84c61"])]
Url = Annotated[str, Field(min_length=8, max_length=2_000)]

KEY_REUSED: Final = "this Idempotency-Key stands for another request: make a new one"
MOST_TRACES: Final = 100
TRACE_EXAMPLE: Final = {
    "id": "t1",
    "domain": "math",
    "problem": "What is 12 × 12?",
    "steps": ["12 × 12 = 144", "The answer is 144."],
    "reference_answer": "144",
}


class PrelabelSent(Sent):
    """A few traces to label at once."""

    traces: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MOST_TRACES,
        examples=[[TRACE_EXAMPLE]],
        description="traces in the form of input files; a bad one is rejected, the rest goes on",
    )
    seconds: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="how long to wait for judges; what is not decided by then is `running`",
    )
    revise: bool = Field(
        default=False, description="whether a known id with other content is a new version"
    )


class WebhookSent(Sent):
    """An address to tell of every job of one's own that ended."""

    url: Url = Field(examples=["https://hooks.example.org/triage"])


async def refuse_unknown_query(request: Request) -> None:
    """Refuse what a query says twice or the call does not know: a limit misspelt were no limit.

    Raises:
        Problem: Naming it, and what there is.
    """
    route: APIRoute = request.scope["route"]
    known = sorted(one.alias for one in route.dependant.query_params)
    for name in request.query_params:
        if name not in known:
            there = f"there are: {', '.join(known)}" if known else "it takes none"
            raise Problem(422, "invalid-request", f"{name}: no parameter of this call; {there}")
        if len(request.query_params.getlist(name)) > 1:
            raise Problem(422, "invalid-request", f"{name}: is given twice")


def owner_for(who: Person) -> str | None:
    """Whose jobs somebody sees: a platform its own, leads and admins all."""
    return None if who.roles & {Role.LEAD, Role.ADMIN} else who.name


def not_found(what: str) -> Problem:
    """The error where there is none, or none that the asker may know of."""
    return Problem(404, "not-found", f"there is no such {what}")
