"""Puts the server together."""

from fastapi import FastAPI
from sqlalchemy import Engine

from triage import __version__
from triage.server import (
    health,
    judging_api,
    label_studio,
    lead_api,
    people_api,
    queue_api,
    session_api,
)
from triage.server.desk import routes as desk
from triage.server.guard import Guard
from triage.server.house import House
from triage.server.problems import add_handlers
from triage.settings import Settings


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """Make the server's application on an open store."""
    place = House(engine, settings)
    app = FastAPI(
        title="triage",
        version=__version__,
        description="Plugins propose labels of reasoning steps; experts decide the doubtful ones.",
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = place
    add_handlers(app)
    for part in (health, session_api, queue_api, judging_api, lead_api, people_api, desk):
        app.include_router(part.router)
    app.include_router(label_studio.router)
    app.add_middleware(Guard, house=place)
    return app
