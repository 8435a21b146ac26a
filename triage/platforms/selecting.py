"""Which steps go to people elsewhere, and in which order."""

from collections.abc import Iterator
from enum import StrEnum

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.platforms.opinions import Told, tell
from triage.platforms.version import Version, version_in_use
from triage.store.run.batch import Batch


class Which(StrEnum):
    """Which steps go out."""

    WAITING = "waiting"
    """Those that a person is to decide."""
    ALL = "all"


def chosen(told: Told, which: Which, *, blind: bool) -> list[int]:
    """The steps of a trace that go out.

    Those of a blind sample go out only where nothing of the machine's is shown.
    """
    return [
        step
        for step, opinion in enumerate(told.opinions)
        if which is Which.ALL or (opinion.waits and (blind or not opinion.drawn))
    ]


def told_in(
    connection: Connection, batch: Batch, settings: Settings
) -> Iterator[tuple[Told, Version]]:
    """The traces of a batch as platforms show them, with the version in use."""
    with connection.begin():
        version = version_in_use(connection, settings)
    for chunk in batch.chunks():
        with connection.begin():
            told = tell(connection, chunk, settings)
        for one in told.values():
            yield one, version


def chosen_steps(
    connection: Connection, batch: Batch, settings: Settings, which: Which, *, blind: bool
) -> Iterator[tuple[Told, int, str]]:
    """The steps that go out, with the version of what is said of them.

    Blind ones come in the order of the queue, which does not tell the sample from the rest.
    """
    found = (
        (told, step, version.name)
        for told, version in told_in(connection, batch, settings)
        for step in chosen(told, which, blind=blind)
    )
    if not blind:
        yield from found
        return
    yield from sorted(found, key=lambda one: -one[0].opinions[one[1]].priority)
