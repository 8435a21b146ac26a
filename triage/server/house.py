"""What all endpoints share: the store, the settings, the meters and the limits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from triage.platforms.label_studio.behind import Behind
from triage.server.limits import Limits
from triage.server.meters import Meters
from triage.server.waiting import Waiting
from triage.settings import Settings
from triage.store.database import writing

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class House:
    """One server's store, settings, meters and limits."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.meters = Meters()
        self.waiting = Waiting()
        self.limits = Limits(settings.server.requests_per_minute)
        self.behind = Behind(engine, settings)
        # SQLite has one writer and makes the others poll: here they queue up in order instead
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A writing transaction: all of it is stored at its end, or nothing."""
        if self._turn is None:
            with writing(self.engine) as connection:
                yield connection
            return
        with self._turn, writing(self.engine) as connection:
            yield connection

    @property
    def secure(self) -> bool:
        """Whether people come by https only."""
        return self.settings.server.origin.startswith("https://")

    def knows_host(self, host: str) -> bool:
        """Whether a request's Host is ours: another site's name may be made to point here."""
        name = (urlsplit(f"//{host}").hostname or "").lower()
        ours = urlsplit(self.settings.server.origin).hostname
        if name in _LOOPBACK or (ours and name == ours.lower()):
            return True
        return not ours and self.settings.server.host not in _LOOPBACK

    def origins(self, host: str) -> tuple[str, ...]:
        """The origins from which a page may send what changes something."""
        own = self.settings.server.origin.rstrip("/").lower()
        return (own,) if own else (f"http://{host.lower()}", f"https://{host.lower()}")


def house(request: Request) -> House:
    """The house that a request came to."""
    found: House = request.app.state.house
    return found


InHouse = Annotated[House, Depends(house)]
