"""Puts the server together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from triage import __version__
from triage.configuration.settings import Settings
from triage.server.accounts import people_api, session_api
from triage.server.description import describe
from triage.server.desk import own
from triage.server.desk import routes as desk
from triage.server.experts import admission_api, judging_api, queue_api
from triage.server.http import health
from triage.server.http.guard import Guard
from triage.server.http.house import House
from triage.server.http.problems import add_handlers
from triage.server.lead import acts as lead_acts
from triage.server.lead import certificates_api, lead_api
from triage.server.lead import pages as lead_pages
from triage.server.lead.figures import Figures
from triage.server.platforms import jobs_api, label_studio, prelabel_api, webhooks_api


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """Make the server's application on an open store."""
    place = House(engine, settings)

    @asynccontextmanager
    async def while_up(_app: FastAPI) -> AsyncIterator[None]:
        if await run_in_threadpool(place.expects_work):
            place.workshop.start()
        await run_in_threadpool(place.behind.start)
        yield
        place.behind.close()
        await run_in_threadpool(place.workshop.close)

    app = FastAPI(
        lifespan=while_up,
        title="triage",
        version=__version__,
        description="Plugins propose labels of reasoning steps; experts decide the doubtful ones.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = place
    app.state.figures = Figures(place)
    add_handlers(app)
    for part in (
        # first, as routes are tried in order, what is called most often
        *(prelabel_api, queue_api, desk, health, session_api, judging_api, lead_api),
        *(certificates_api, admission_api, people_api, jobs_api, webhooks_api, label_studio),
        *(own, lead_pages, lead_acts),
    ):
        app.include_router(part.router)
    setattr(app, "openapi", partial(describe, app))  # noqa: B010 - as FastAPI wants it done
    app.add_middleware(Guard, house=place)
    return app
