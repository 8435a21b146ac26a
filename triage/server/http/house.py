"""What all endpoints share: the store, the settings, the meters and the limits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from triage.configuration.settings import Settings
from triage.jobs.handle import Workshop
from triage.platforms.label_studio.behind import Behind
from triage.server.http.gathered import Gathered
from triage.server.http.limits import Limits
from triage.server.http.meters import Meters
from triage.server.http.replies import Replies
from triage.server.http.waiting import Waiting
from triage.store.database import reading_once, writing
from triage.store.people.accounts import Account, Role, Shown, all_accounts, opened
from triage.store.platforms.jobs import work_to_do
from triage.store.platforms.webhooks import next_due
from triage.store.run.stamps import Stamp, stamps_of

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class House:
    """One server's store, settings, meters and limits."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.meters = Meters()
        self.waiting = Waiting()
        self.replies = Replies()
        self.opened = Gathered[Shown, Account](lambda shown: self._read_once(opened, shown))
        self.stamps = Gathered[int, Stamp](lambda keys: self._read_once(stamps_of, keys))
        how = settings.server
        self.limits = Limits(how.requests_per_minute, how.program_requests_per_minute)
        self.workshop = Workshop(settings)
        self.behind = Behind(engine, self.writing, settings, self.workshop)
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
        with self.turn(), writing(self.engine) as connection:
            yield connection

    def turn(self) -> AbstractContextManager[object]:
        """One's turn to write, for what opens a transaction of its own."""
        return nullcontext() if self._turn is None else self._turn

    def _read_once(
        self,
        read: Callable[[Connection, list[Question]], dict[Question, Answer]],
        wanted: list[Question],
    ) -> dict[Question, Answer]:
        with reading_once(self.engine) as connection:
            return read(connection, wanted)

    def expects_work(self) -> bool:
        """Whether the workshop is to be warm before the first call: platforms or jobs are there."""
        with self.reading() as connection:
            platforms = any(
                Role.PLATFORM in one.roles and one.revoked_at is None
                for one in all_accounts(connection)
            )
            return platforms or bool(work_to_do(connection)) or next_due(connection) is not None

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


async def _in_house(request: Request) -> House:
    # what is not async would take a thread each time
    return house(request)


InHouse = Annotated[House, Depends(_in_house)]
