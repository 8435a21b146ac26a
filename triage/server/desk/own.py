"""An expert's own page, the domains' guidelines, and how matters stand where no step waits."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from triage.queue.gold.admission import Stand, standings_of
from triage.queue.items import known_expert
from triage.queue.personal import look_again, personal
from triage.queue.standing_words import title, told
from triage.records import Record
from triage.server.accounts.signin import Person, SignedIn, visitor
from triage.server.desk.guidelines import Guideline, guideline
from triage.server.desk.own_pages import answer_page, guideline_page, own_page
from triage.server.desk.routes import reply, sign_in
from triage.server.experts.queue_api import Judge
from triage.server.http.house import House, InHouse
from triage.server.http.problems import Problem, said
from triage.store.people.accounts import Role

router = APIRouter(tags=["desk"])

Domain = Annotated[str, Path(min_length=1, max_length=500, examples=["math"])]


class StandingShown(Record):
    """How an expert stands in a domain, in words."""

    domain: str
    closed: bool
    title: str
    told: tuple[str, ...]


class Standings(Record):
    """How an expert stands in the domains of the credentials held."""

    standings: tuple[StandingShown, ...]


@router.get("/desk/standing", response_model=Standings, responses=said(401, 403, 422, 429))
def standing(request: Request, place: InHouse, judge: Judge) -> Response:
    """How the expert stands: what the desk shows where no step waits."""
    with place.reading() as connection:
        found = standings_of(connection, place.settings, known_expert(connection, judge.name))
    shown = Standings(
        standings=tuple(
            StandingShown(
                domain=one.domain,
                closed=one.stand in (Stand.REFUSED, Stand.SHORT),
                title=title(one),
                told=told(one),
            )
            for one in found
        )
    )
    return reply(request, shown.model_dump_json(), "application/json")


@router.get(
    "/desk/guidelines/{domain}", response_model=Guideline, responses=said(401, 403, 404, 422, 429)
)
def shown_guideline(
    request: Request, place: InHouse, _signed_in: SignedIn, domain: Domain
) -> Response:
    """A domain's guideline, its texts as safe HTML."""
    found = _guideline(place, domain)
    return reply(request, found.model_dump_json(), "application/json")


@router.get("/guidelines/{domain}", include_in_schema=False)
def guideline_as_page(request: Request, place: InHouse, domain: Domain) -> Response:
    """A domain's guideline, to be read or printed."""
    if visitor(request) is None:
        return sign_in(request)
    return reply(request, guideline_page(_guideline(place, domain)), "text/html")


@router.get("/me", include_in_schema=False)
def me(request: Request, place: InHouse) -> Response:
    """The expert's own counts, pace, agreement, standings and last answers."""
    who = _expert(request)
    if who is None:
        return sign_in(request)
    with place.reading() as connection:
        found = personal(connection, place.settings, who.name)
    return reply(request, own_page(who.name, found), "text/html")


@router.get("/me/answers/{answer_id}", include_in_schema=False)
def own_answer(request: Request, place: InHouse, answer_id: str) -> Response:
    """A step that the expert answered, as it was shown then."""
    who = _expert(request)
    if who is None:
        return sign_in(request)
    with place.reading() as connection:
        found = look_again(connection, who.name, answer_id)
        figures = personal(connection, place.settings, who.name)
    last = next((one for one in figures.last if one.answer_id == answer_id), None)
    if found is None or last is None:
        raise Problem(404, "not-found", "this is none of your last answers: see your page")
    return reply(request, answer_page(who.name, last, *found), "text/html")


def _expert(request: Request) -> Person | None:
    who = visitor(request)
    if who is not None and Role.EXPERT not in who.roles:
        raise Problem(403, "forbidden", "this page is for experts: ask an admin for a credential")
    return who


def _guideline(place: House, domain: str) -> Guideline:
    found = guideline(place.settings.desk.guidelines, domain)
    if found is None:
        raise Problem(
            404,
            "not-found",
            f"there is no guideline for {domain}: the definitions in the help hold",
        )
    return found
