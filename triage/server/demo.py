"""A desk to try out: the project's own examples, people of every kind, and a store that goes again.

Two colleagues have judged some steps and differ on one of each domain, so that everybody finds
something to do.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple

import uvicorn
from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.evaluate import truth_of
from triage.pipeline.deciding import Considered
from triage.pipeline.trials.demo import run_examples
from triage.queue.people import TERMINAL, admit, new_link
from triage.queue.verdicts.answering import answer
from triage.records import Action, Label, Mode, Verdict
from triage.server.app import create_app
from triage.server.listening import listen
from triage.store.database import open_store, writing
from triage.store.people.accounts import Role
from triage.store.people.experts import EVERY_DOMAIN

PEOPLE: Final[tuple[tuple[str, str, tuple[str, ...], tuple[Role, ...]], ...]] = (
    ("mathematician", "judges math", ("math",), ()),
    ("logician", "judges logic", ("logic",), ()),
    ("physician", "judges medical steps", ("medical",), ()),
    ("lawyer", "judges legal steps", ("legal",), ()),
    ("adjudicator", "ends splits between experts", (EVERY_DOMAIN,), (Role.ADJUDICATOR,)),
    ("lead", "sees how it goes, and certifies", (), (Role.LEAD,)),
)
"""Name, what the person does, credentials and roles."""

_HERE: Final = "127.0.0.1"
_COLLEAGUES: Final = ("first-colleague", "second-colleague")
_SECONDS: Final = (24.0, 31.0)
_OTHER: Final = {
    Label.NECESSARY: Label.REDUNDANT,
    Label.REDUNDANT: Label.NECESSARY,
    Label.INCORRECT: Label.INCOMPLETE,
    Label.INCOMPLETE: Label.INCORRECT,
}


class Seat(NamedTuple):
    """A person with a link to sign in by."""

    name: str
    does: str
    link: str


@contextmanager
def demo_store(settings: Settings) -> Iterator[Engine]:
    """A store with the examples and the people, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="triage-demo-") as folder:
        engine = open_store(f"sqlite:///{folder}/demo.db")
        try:
            with writing(engine) as connection:
                for name in _COLLEAGUES:
                    admit(connection, TERMINAL, name, [EVERY_DOMAIN], [])
                for name, _, credentials, roles in PEOPLE:
                    admit(connection, TERMINAL, name, credentials, roles)
            seen: list[Considered] = []
            run_examples(engine, settings, seen.append)
            for verdict in _said(seen):
                answer(engine, settings, verdict)
            yield engine
        finally:
            engine.dispose()


def serve_demo(settings: Settings, tell: Callable[[list[Seat]], None]) -> None:
    """Serve a desk on the examples until it is stopped; nothing of it is kept.

    Args:
        tell: Given everybody's link once the server can be reached.

    Raises:
        UsageError: The port is taken.
    """
    host, port = _HERE, settings.server.port
    here = settings.server.model_copy(update={"host": host, "origin": ""})
    settings = settings.model_copy(update={"server": here})
    with demo_store(settings) as engine, listen(host, port) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}"
        tell(_seats(engine, address, settings.server.link_days))
        config = uvicorn.Config(
            create_app(engine, settings), log_config=None, access_log=False, server_header=False
        )
        # Ctrl-C is how it ends
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _seats(engine: Engine, address: str, days: float) -> list[Seat]:
    with writing(engine) as connection:
        return [
            Seat(name, does, f"{address}/signin#{new_link(connection, TERMINAL, name, days)}")
            for name, does, _, _ in PEOPLE
        ]


def _said(seen: list[Considered]) -> Iterator[Verdict]:
    """What the colleagues said: of each domain one asked step on which they differ."""
    split: set[str] = set()
    for one in seen:
        if one.trace.domain in split or one.trace.human is None:
            continue
        labels = truth_of(one.trace).labels()
        for decided in one.steps:
            label = labels[decided.step]
            if decided.action is Action.ASK and label is not None:
                split.add(one.trace.domain)
                for name, seconds, said in zip(
                    _COLLEAGUES, _SECONDS, (label, _OTHER[label]), strict=True
                ):
                    yield Verdict(
                        trace_id=one.trace.id, step=decided.step, label=said, expert=name,
                        mode=Mode.BLIND, seconds=seconds, at=datetime.now(UTC),
                    )  # fmt: skip
                break
