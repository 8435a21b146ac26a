"""`/api/v1/admissions`: who may work in which domain's queue, and what leads decide about it."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from triage.queue.gold.admission import Stand, admit_by_hand, repeat_round, standings_of
from triage.queue.gold.reliability import Reliability, reliability
from triage.queue.standing_words import told
from triage.server.accounts.signin import Person, require
from triage.server.http.forms import OnceRoute, Sent
from triage.server.http.house import InHouse
from triage.server.http.problems import said
from triage.store.labelling.gold import gold_sizes
from triage.store.people.accounts import Role
from triage.store.people.experts import all_experts

router = APIRouter(prefix="/api/v1/admissions", route_class=OnceRoute, tags=["lead"])

Lead = Annotated[Person, Depends(require(Role.LEAD, Role.ADMIN))]


class Deed(StrEnum):
    """What a lead decides."""

    ADMIT = "admit"
    REPEAT = "repeat"


class StandingTold(BaseModel):
    """How an expert stands in a domain; `at` is in Unix seconds."""

    expert: str
    domain: str
    stand: Stand
    wanted: int = Field(description="steps of the round; 0 where none is asked for")
    answered: int
    result: dict[str, Any] | None = Field(description="what came out of the latest round")
    told: list[str] = Field(description="what the expert is told")
    by: str | None
    at: float | None


class Admissions(BaseModel):
    """How all experts stand, the gold there is, and their answers to it."""

    standings: list[StandingTold]
    gold: dict[str, int] = Field(description="gold steps by domain")
    reliability: list[Reliability]


class Decided(Sent):
    """A lead's decision about an expert in a domain."""

    expert: str = Field(min_length=1, max_length=200, examples=["ann"])
    domain: str = Field(min_length=1, max_length=500, examples=["history"])
    deed: Deed = Field(examples=["admit"])
    reason: str = Field(min_length=1, max_length=2_000, pattern=r"\S", examples=["known for years"])


class Done(BaseModel):
    """It is decided.

    Attributes:
        seen_before: Steps of another round that the expert has seen before.
    """

    seen_before: int = 0


@router.get("", responses=said(401, 403, 429))
def admissions(place: InHouse, _lead: Lead) -> Admissions:
    """Show who is admitted to which domain's queue, and how reliable everybody is on gold."""
    with place.reading() as connection:
        standings = [
            StandingTold(expert=expert.name, told=list(told(one)), **one._asdict())
            for expert in all_experts(connection)
            if expert.revoked_at is None
            for one in standings_of(connection, place.settings, expert)
        ]
        return Admissions(
            standings=standings, gold=gold_sizes(connection), reliability=reliability(connection)
        )


@router.post("", responses=said(401, 403, 422, 429))
def decide(place: InHouse, lead: Lead, given: Decided) -> Done:
    """Admit an expert by hand, or ask for another round; the audit log keeps who did and why."""
    with place.writing() as connection:
        if given.deed is Deed.ADMIT:
            admit_by_hand(connection, lead.name, given.expert, given.domain, given.reason)
            return Done()
        seen = repeat_round(
            connection, place.settings, lead.name, given.expert, given.domain, given.reason
        )
        return Done(seen_before=seen)
