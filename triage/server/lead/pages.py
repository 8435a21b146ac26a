"""What a lead looks at: the overview, the queue's steps, certificates, people and the report."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from triage.report.rendering.page import policy, render
from triage.report.tallies.promises import certificates
from triage.server.accounts.signin import Person
from triage.server.experts.admission_api import admissions
from triage.server.http.house import House, InHouse
from triage.server.http.problems import Problem
from triage.server.lead import lead_api
from triage.server.lead.certifying import Acts
from triage.server.lead.figures import InFigures
from triage.server.lead.forms import Reader
from triage.server.lead.page import HOME, page
from triage.server.lead.refusals import PageRoute
from triage.store.certification.batches import clear_steps
from triage.store.labelling import queue
from triage.store.labelling.queue import State
from triage.store.people.accounts import Role, all_accounts

router = APIRouter(prefix=HOME, route_class=PageRoute, include_in_schema=False)

_STEPS: Final = 200
Filter = Annotated[str, Query(max_length=200)]


@router.get("")
def overview(request: Request, reader: Reader, kept: InFigures) -> Response:
    """Are we on time, does the promise hold, who differs, where does the money go."""
    report = kept.report()
    return page(request, "overview.html", reader, report=report, whole=report.flows[0])


@router.get("/steps")
def steps(
    request: Request,
    place: InHouse,
    reader: Reader,
    domain: Filter = "",
    reason: Filter = "",
    state: Filter = "",
) -> Response:
    """The open steps in the queue's order; those of a blind sample are not among them."""
    wanted = State(state) if state in list(State) else None
    with place.reading() as connection:
        found = queue.entries(
            connection, domain=domain or None, reason=reason or None, state=wanted,
            limit=_STEPS + 1, samples=False,
        )  # fmt: skip
        counts = queue.counts(connection)
    return page(
        request, "steps.html", reader,
        found=found[:_STEPS], more=len(found) > _STEPS,
        domains=sorted({one.domain for one in counts}),
        chosen={"domain": domain, "reason": reason, "state": state},
    )  # fmt: skip


@router.get("/flags")
def flags(request: Request, place: InHouse, reader: Reader) -> Response:
    """What experts find wrong with problems."""
    found = lead_api.flags(place, reader, _STEPS).flags
    return page(request, "flags.html", reader, found=found)


@router.get("/certificates")
def all_certificates(request: Request, place: InHouse, reader: Reader) -> Response:
    """Every batch with what can be done with it now, and the form for a plan."""
    return certificates_page(request, place, reader)


def certificates_page(request: Request, place: House, reader: Person, **told: object) -> Response:
    """The page of certificates.

    Args:
        told: What has just been done.
    """
    with place.reading() as connection:
        found = list(certificates(connection))
        clear = clear_steps(connection)
    values: dict[str, object] = {"planning": None, "drawn": (), "signed": (), "watched": ()}
    return page(
        request, "certificates.html", reader, certificates=found, clear=clear,
        may=Role.LEAD in reader.roles, **values | told,
    )  # fmt: skip


@router.get("/certificates/{name}")
def certificate(request: Request, reader: Reader, acts: Acts, name: str) -> Response:
    """One batch or certificate: what it promises, and how anyone checks it."""
    one, batch = acts.found(name)
    return page(request, "certificate.html", reader, one=one, batch=batch, checked=None)


@router.get("/certificates/{name}/download")
def download(_reader: Reader, acts: Acts, name: str) -> Response:
    """The certificate's file, as `triage certify sign` writes it."""
    one, batch = acts.found(name)
    headers = {"Content-Disposition": f'attachment; filename="{one.name}.json"'}
    if batch.certificate is None:
        raise Problem(404, "not-found", f"{one.name} is not signed: there is no certificate yet")
    return Response(f"{batch.certificate}\n", media_type="application/json", headers=headers)


@router.get("/people")
def people(request: Request, place: InHouse, reader: Reader, kept: InFigures) -> Response:
    """Who may do what, who is admitted to which queue, and how they judge."""
    with place.reading() as connection:
        accounts = all_accounts(connection)
    return page(
        request, "people.html", reader, accounts=accounts, report=kept.report(), roles=Role,
        calibration=admissions(place, reader), steps_in=place.settings.admission.steps_in,
    )  # fmt: skip


@router.get("/report")
def report_page(_reader: Reader, kept: InFigures) -> Response:
    """The report that `triage report` writes."""
    headers = {"Content-Security-Policy": f"{policy()}; frame-ancestors 'none'"}
    return HTMLResponse(kept.page(render), headers=headers)
