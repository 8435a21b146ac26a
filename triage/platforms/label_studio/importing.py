"""Takes what people said in Label Studio, from an exported file or straight from a project."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import InputError, UsageError
from triage.ingest import Reject
from triage.ingest.items import RowError
from triage.platforms.label_studio.api import LabelStudio
from triage.platforms.label_studio.forms.annotations import Room, said_in_task
from triage.platforms.said import Said, import_file, import_rows
from triage.queue.verdicts.importing import Imported
from triage.store.database import writing
from triage.store.platforms.label_studio import Project, ProjectKey, keep_project, project_of_number


class Ways(NamedTuple):
    """Where answers of a file come from, as far as the file does not tell.

    Attributes:
        project: The project; what each task says if None.
        names: Experts' names by the platform's user ids, before what `connect` read.
    """

    project: int | None
    names: Mapping[str, str]


def import_export(
    engine: Engine,
    settings: Settings,
    file: str,
    ways: Ways,
    rejected: Callable[[Reject], None],
) -> Imported:
    """Take a file that Label Studio exported as JSON.

    Raises:
        InputError: The file can't be opened, or is empty.
    """
    rooms = _Rooms(engine, ways)
    return import_file(engine, settings, file, partial(_said, rooms), rejected)


def import_project(
    engine: Engine,
    settings: Settings,
    client: LabelStudio,
    number: int,
    rejected: Callable[[Reject], None],
) -> Imported:
    """Take all annotations of a connected project; what the webhook brought is known.

    Raises:
        UsageError: The project is not connected.
        LabelStudioError: Label Studio can't be reached, or refuses.
    """
    with engine.connect() as connection:
        project = project_of_number(connection, number)
    if project is None:
        raise UsageError(f"project {number} is not connected: triage label-studio connect")
    everybody = client.people()
    people = {who: project.people.get(who, mail) for who, mail in everybody.items()}
    if people != project.people:
        project = Project(project.key, project.url, project.view, project.blind, people)
        with writing(engine) as connection:
            keep_project(connection, project)
    rows = iter([(None, task) for task in client.export(number)])
    rooms = _Rooms(engine, Ways(number, {}))
    try:
        return import_rows(
            engine, settings, f"project {number}", rows, partial(_said, rooms), rejected
        )
    except InputError:
        return Imported(new=0, known=0, rejected=0)


class _Rooms:
    """Finds each task's project, once."""

    def __init__(self, engine: Engine, ways: Ways) -> None:
        self._engine = engine
        self._ways = ways
        self._known: dict[int, Room] = {}

    def of(self, task: Mapping[str, Any]) -> Room:
        number = self._ways.project if self._ways.project is not None else task.get("project")
        if type(number) is not int or not 0 <= number < 2**31:
            raise RowError("project", "is no number: say --project")
        if number not in self._known:
            with self._engine.connect() as connection:
                found = project_of_number(connection, number)
            # a project that was never connected is one in which predictions may have been shown
            key = found.key if found else ProjectKey(number, 0)
            people = {**(found.people if found else {}), **self._ways.names}
            self._known[number] = Room(key, bool(found and found.blind), people)
        return self._known[number]


def _said(rooms: _Rooms, task: Mapping[str, Any]) -> Iterator[Said | RowError]:
    return said_in_task(task, rooms.of(task))
