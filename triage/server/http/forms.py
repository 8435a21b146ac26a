"""What goes over the wire between the desk and the server, with examples that tests send."""

import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal, Self

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, model_validator

from triage.ingest.items import RowError
from triage.ingest.keys import once
from triage.queue.offering import Offered
from triage.records import Label, Mode

AnswerId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{8,64}$",
        description="made by the sender; the same answer sent again counts once",
        examples=["5f0c9e2ab7d84c61"],
    ),
]
Token = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        description="the token under which the step came",
        examples=["n0t-a-real-token-yet00"],
    ),
]
Words = Annotated[str, Field(max_length=20_000)]
Reason = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"\S")]


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _OnceRequest(Request):
    """A request whose body says everything once."""

    async def json(self) -> Any:
        """The body's value.

        Raises:
            HTTPException: It has a key twice.
        """
        try:
            return json.loads(await self.body(), object_pairs_hook=once)
        except RowError as why:
            raise HTTPException(400, f"{why.field}: {why.reason}") from None


class OnceRoute(APIRoute):
    """A route that takes JSON."""

    def get_route_handler(self) -> Handler:
        """What answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            return await handle(_OnceRequest(request.scope, request.receive))

        return answer


class Sent(BaseModel):
    """Something a client sends: fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


class OfferedItem(BaseModel):
    """A step to judge, with all that may be seen before the answer."""

    token: str
    domain: str
    position: int = Field(description="the step's place in its trace, from 1")
    of: int = Field(description="how many steps the trace has")
    left: int = Field(
        description="how many steps wait for you, this one included; not counted beyond 1,000"
    )
    problem: str
    options: list[str] | None
    earlier: list[str]
    step: str
    step_index: int = Field(description="the step's place in its trace, from 0")


class NextItems(BaseModel):
    """The steps to judge now, in order; none if nothing waits."""

    items: list[OfferedItem]


class AnswerSent(Sent):
    """An expert's answer."""

    answer_id: AnswerId
    token: Token
    label: Label = Field(examples=["incorrect"])
    inherits_error: bool | None = None
    seconds: float | None = Field(default=None, ge=0, le=86_400, examples=[12.5])
    note: Words | None = Field(default=None, examples=["the sign is lost"])
    correction: Words | None = None
    mode: Literal[Mode.BLIND, Mode.ASSISTED] = Mode.BLIND


class Stored(BaseModel):
    """The answer is stored; `known` tells whether it was before."""

    stored: Literal[True] = True
    known: bool
    notice: str | None = Field(default=None, description="something to tell the expert")


class UndoSent(Sent):
    """The answer to take back, or the step whose skip is to be taken back: one of the two."""

    answer_id: AnswerId | None = Field(default=None, examples=["5f0c9e2ab7d84c61"])
    token: Token | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.answer_id is None) == (self.token is None):
            raise ValueError("name an answer_id, or the token of a step that was skipped")
        return self


class Undone(BaseModel):
    """The answer does not count any more; its step, unless it lies before another."""

    undone: Literal[True] = True
    item: OfferedItem | None


class SkipSent(Sent):
    """A step to leave to others, and why."""

    token: Token
    reason: Reason = Field(examples=["outside my field"])


class FlagSent(Sent):
    """What is amiss with the problem itself."""

    token: Token
    what: Reason = Field(examples=["the table it speaks of is missing"])


class Noted(BaseModel):
    """It is stored."""

    stored: Literal[True] = True
    notice: str | None = Field(default=None, description="something to tell the expert")


def item_of(offered: Offered) -> OfferedItem:
    """Put an offered step on the wire."""
    item = offered.item
    return OfferedItem(
        token=offered.token,
        domain=item.domain,
        position=item.step + 1,
        of=item.steps,
        left=item.left,
        problem=item.problem,
        options=None if item.options is None else list(item.options),
        earlier=list(item.earlier),
        step=item.text,
        step_index=item.step,
    )
