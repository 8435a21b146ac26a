"""`/api/v1/certificates`: plans, draws, signs, gives and checks, as `triage certify` does."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, Field

from triage.certification.plans.planning import PlanOptions
from triage.guarantee import Plan, StreamPlan
from triage.report.figures import CertificateFigures
from triage.report.tallies.promises import certificates
from triage.server.accounts.signin import Person, require
from triage.server.http.forms import OnceRoute, Sent
from triage.server.http.house import InHouse
from triage.server.http.problems import said
from triage.server.lead.certifying import Acts
from triage.server.lead.lead_api import Reader
from triage.store.people.accounts import Role

router = APIRouter(prefix="/api/v1/certificates", route_class=OnceRoute, tags=["certificates"])

Lead = Annotated[Person, Depends(require(Role.LEAD))]


class CertificatesTold(BaseModel):
    """Every batch in order of planning: signed, refused, returned, or on its way."""

    certificates: list[CertificateFigures]


class PlannedTold(BaseModel):
    """A frozen batch; shares and minutes as `triage certify plan` tells them."""

    id: str
    plan: Plan | StreamPlan
    saved: float | None
    certified: float | None
    minutes: float


class PlanningTold(BaseModel):
    """Batches that were planned, and why strata were left out."""

    planned: list[PlannedTold]
    refused: dict[str, str]


class Chosen(Sent):
    """The batches that are meant; all that can be if none is named."""

    batches: list[str] = Field(default=[], max_length=1000)


class DrawnTold(BaseModel):
    """How many steps were drawn. Which ones, and by what seed, the certificate tells later."""

    id: str
    stratum: str
    steps: int
    attempt: int
    attempts: int


class DrawingTold(BaseModel):
    """What was drawn."""

    drawn: list[DrawnTold]


class SignedTold(BaseModel):
    """What signing came to; `id` is null where it could not be certified, and `why` says why."""

    batch: str
    stratum: str
    id: str | None
    certificate: dict[str, Any] | None
    why: str
    again: bool


class SigningTold(BaseModel):
    """What was signed or refused."""

    signed: list[SignedTold]


class CertificateTold(BaseModel):
    """A batch with its certificate, null where none was signed."""

    figures: CertificateFigures
    certificate: dict[str, Any] | None


class Shown(Sent):
    """A certificate to check."""

    certificate: dict[str, Any]


class CheckedTold(BaseModel):
    """What was found right, in words; a certificate that does not hold is refused."""

    certificate: str
    checked: list[str]
    claim: str
    certified: bool


_PLANS = {"one promise for all": {"value": {"alpha": 0.15, "labels": 40, "coverage": 0.7}}}


@router.get("", responses=said(401, 403, 429))
def listed(place: InHouse, _reader: Reader) -> CertificatesTold:
    """List all batches and certificates."""
    with place.reading() as connection:
        return CertificatesTold(certificates=list(certificates(connection)))


@router.post("/plan", responses=said(400, 401, 403, 422, 429))
def plan(
    lead: Lead,
    acts: Acts,
    options: Annotated[PlanOptions, Body(openapi_examples=_PLANS)],
) -> PlanningTold:
    """Freeze the clear steps in the order of their risk, and plan the blind sample."""
    made = acts.plan(lead.name, options)
    planned = [PlannedTold(**one._asdict()) for one in made.planned]
    return PlanningTold(planned=planned, refused=made.refused)


@router.post("/draw", responses=said(400, 401, 403, 422, 429))
def draw(lead: Lead, acts: Acts, given: Chosen) -> DrawingTold:
    """Put the planned samples into the experts' queue."""
    made = acts.draw(lead.name, given.batches)
    names = DrawnTold.model_fields
    rows = [one._asdict() for one in made]
    return DrawingTold(drawn=[DrawnTold(**{name: row[name] for name in names}) for row in rows])


@router.post("/sign", responses=said(400, 401, 403, 422, 429))
def sign(lead: Lead, acts: Acts, given: Chosen) -> SigningTold:
    """Turn the labels of drawn samples into certificates."""
    made = acts.sign(lead.name, given.batches)
    signed = [
        SignedTold(
            **one._asdict()
            | {"certificate": one.certificate and one.certificate.model_dump(mode="json")}
        )
        for one in made
    ]
    return SigningTold(signed=signed)


@router.post("/verify", responses=said(400, 401, 403, 422, 429))
def verify(_reader: Reader, acts: Acts, given: Shown) -> CheckedTold:
    """Recompute a certificate, and hold it against this store if it was signed here."""
    checked = acts.check(orjson.dumps(given.certificate).decode())
    return CheckedTold(
        certificate=checked.name,
        checked=checked.found,
        claim=checked.claim,
        certified=checked.certified,
    )


@router.get("/{name}", responses=said(401, 403, 404, 429))
def one(_reader: Reader, acts: Acts, name: str) -> CertificateTold:
    """Give a batch or certificate by its id."""
    figures, batch = acts.found(name)
    return CertificateTold(
        figures=figures,
        certificate=orjson.loads(batch.certificate) if batch.certificate else None,
    )
