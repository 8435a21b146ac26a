"""What Label Studio's webhook tells: annotations come in as verdicts, or are taken back."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.ingest.items import RowError
from triage.platforms.label_studio.answering import Work, asked_of
from triage.platforms.label_studio.forms.annotations import Room, prefix, said_in
from triage.platforms.label_studio.forms.tasks import place_of
from triage.platforms.said import moment, take
from triage.queue.verdicts.admitting import RefusedError
from triage.queue.verdicts.answering import Desk
from triage.records import Record
from triage.store.labelling.verdicts import standing_under
from triage.store.platforms.label_studio import ProjectKey, find_project

_GIVEN: Final = frozenset({"ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED"})
# Label Studio sends the plural; its own backend library waits for the singular
_GONE: Final = frozenset({"ANNOTATION_DELETED", "ANNOTATIONS_DELETED"})


class Outcome(Record):
    """What became of an event.

    Attributes:
        verdicts: New verdicts.
        withdrawn: Verdicts that do not stand any more.
        refused: Why annotations were not taken.
    """

    verdicts: int = 0
    withdrawn: int = 0
    refused: tuple[str, ...] = ()


def key_of(project: Any) -> ProjectKey:
    """What tells the project of an event, or of the API, from others.

    Raises:
        RowError: It says too little of itself.
    """
    if not isinstance(project, dict):
        raise RowError("project", "is no object")
    number = project.get("id")
    if type(number) is not int or not 0 <= number < 2**31:
        raise RowError("project.id", "is no number")
    seconds = int(moment(project.get("created_at"), "project.created_at").timestamp())
    if not 0 <= seconds < 2**31:
        raise RowError("project.created_at", "is no time of ours")
    return ProjectKey(number, seconds)


def take_event(connection: Connection, settings: Settings, event: Mapping[str, Any]) -> Outcome:
    """Take what an event says of annotations. Needs a writing transaction.

    An annotation that was changed speaks anew, and steps that it no longer labels lose its word;
    one that was skipped or deleted says nothing any more. Deleting a task or a project takes
    nothing back: verdicts are kept here.

    Raises:
        RowError: The event does not say which project it is about.
    """
    action = event.get("action")
    if action not in _GIVEN | _GONE:
        return Outcome()
    key = key_of(event.get("project"))
    desk = Desk(connection, settings)
    if action in _GONE:
        gone = [one.get("id") for one in _objects(event.get("annotations"))]
        withdrawn = sum(_withdraw(connection, desk, key, one, frozenset()) for one in gone)
        return Outcome(withdrawn=withdrawn)
    known = find_project(connection, key)
    room = Room(key, known.blind if known else False, known.people if known else {})
    new = withdrawn = 0
    refused: list[str] = []
    for annotation, task in _pairs(event):
        try:
            told = said_in(annotation, task, room)
            steps = frozenset(one.step for one in told)
            for one in told:
                new += take(desk, one)
            withdrawn += _withdraw(connection, desk, key, annotation["id"], steps)
        except (RowError, RefusedError) as why:
            refused.append(f"{why.field}: {why.reason}")
    desk.decide()
    return Outcome(verdicts=new, withdrawn=withdrawn, refused=tuple(refused))


def created(event: Mapping[str, Any]) -> Work | None:
    """The work that tasks which came into a project make; None where nothing is to be done.

    Tasks that came with predictions, and such that are none of ours, make none.

    Raises:
        RowError: The event does not say which project it is about.
    """
    if event.get("action") != "TASKS_CREATED":
        return None
    project = event.get("project")
    key = key_of(project)
    asked = []
    for task in _objects(event.get("tasks")):
        if type(task.get("id")) is int and not task.get("total_predictions"):
            with suppress(UsageError):
                asked.append(asked_of(task["id"], place_of(task.get("data")), task["data"]))
    labelling = project.get("label_config") if isinstance(project, dict) else None
    return Work(key, labelling, asked) if asked and isinstance(labelling, str) else None


def _withdraw(
    connection: Connection, desk: Desk, key: ProjectKey, annotation: Any, but: frozenset[int]
) -> int:
    """Take back what an annotation said, but of some steps; gives how many answers that were."""
    count = 0
    here = prefix(key, annotation)
    desk.hold(verdict.trace_id for _, verdict in standing_under(connection, here))
    for identity, verdict in standing_under(connection, here):
        if verdict.step in but:
            continue
        now = verdict.model_copy(update={"at": datetime.now(UTC)})
        desk.take_back(now, identity)
        count += 1
    return count


def _pairs(event: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    """Annotations with their tasks: one of each, or lists in the same order."""
    annotations, tasks = event.get("annotation"), event.get("task")
    if not isinstance(annotations, list):
        return [(annotations, tasks)]
    by_id = {one.get("id"): one for one in _objects(tasks)}
    return [(one, by_id.get(one.get("task"))) for one in _objects(annotations)]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
