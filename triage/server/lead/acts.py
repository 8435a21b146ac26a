"""What a lead does by a form: plan, draw, sign, check a certificate, draw audits, sign out."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from triage.errors import UsageError
from triage.server.accounts.session_api import sign_out as end_session
from triage.server.experts.admission_api import Decided, decide
from triage.server.http.house import InHouse
from triage.server.lead.certifying import Acts
from triage.server.lead.forms import Acting, Fields, Sender, plan_options
from triage.server.lead.page import HOME, page
from triage.server.lead.pages import certificates_page
from triage.server.lead.refusals import PageRoute

_DECIDED: Final = ("expert", "domain", "deed", "reason")

router = APIRouter(prefix=HOME, route_class=PageRoute, include_in_schema=False)


@router.post("/certificates/plan")
def plan(request: Request, place: InHouse, lead: Acting, acts: Acts, given: Fields) -> Response:
    """Freeze the clear steps and plan their sample."""
    planning = acts.plan(lead.name, plan_options(given))
    return certificates_page(request, place, lead, planning=planning)


@router.post("/certificates/draw")
def draw(request: Request, place: InHouse, lead: Acting, acts: Acts, given: Fields) -> Response:
    """Put a planned sample into the experts' queue."""
    return certificates_page(request, place, lead, drawn=acts.draw(lead.name, _named(given)))


@router.post("/certificates/sign")
def sign(request: Request, place: InHouse, lead: Acting, acts: Acts, given: Fields) -> Response:
    """Turn a sample's labels into a certificate."""
    return certificates_page(request, place, lead, signed=acts.sign(lead.name, _named(given)))


@router.post("/certificates/audit")
def audit(request: Request, place: InHouse, lead: Acting, acts: Acts) -> Response:
    """Hide audits of accepted steps in the queue."""
    return certificates_page(request, place, lead, watched=acts.audit(lead.name))


@router.post("/certificates/{name}/check")
def check(request: Request, sender: Sender, acts: Acts, name: str) -> Response:
    """Hold a certificate against the store."""
    one, batch = acts.found(name)
    checked = acts.check(batch.certificate or "")
    return page(request, "certificate.html", sender, one=one, batch=batch, checked=checked)


@router.post("/people/admission")
def admission(place: InHouse, sender: Sender, given: Fields) -> Response:
    """Admit an expert to a domain's queue by hand, or ask for another calibration round."""
    try:
        decided = Decided.model_validate({name: given.get(name, "") for name in _DECIDED})
    except ValidationError as why:
        raise UsageError("say why, in a sentence: the audit log keeps it") from why
    decide(place, sender, decided)
    return RedirectResponse(f"{HOME}/people", 303)


@router.post("/sign-out")
def sign_out(request: Request, place: InHouse, sender: Sender) -> Response:
    """End this session."""
    made = RedirectResponse("/signin", 303)
    end_session(request, made, place, sender)
    return made


def _named(given: Fields) -> list[str]:
    return [given["batch"]] if given.get("batch") else []
