"""Answers Label Studio's question for predictions from the store, and tells what is missing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.errors import UsageError
from triage.platforms.label_studio.forms.config import read_config
from triage.platforms.label_studio.forms.predictions import predict
from triage.platforms.label_studio.forms.tasks import Place, is_trace, place_of
from triage.platforms.opinions import Told, tell
from triage.platforms.version import Version, version_in_use
from triage.store.platforms.label_studio import ProjectKey, find_project
from triage.store.run.traces import find_traces

_CHUNK = 5_000


class Asked(NamedTuple):
    """A task that waits for its prediction.

    Attributes:
        data: The task's data where they hold a trace that the store may not know yet.
    """

    task: int
    place: Place
    data: Mapping[str, Any] | None


class Work(NamedTuple):
    """Tasks of a project that wait for their predictions.

    Attributes:
        labelling: The project's configuration.
    """

    project: ProjectKey
    labelling: str
    asked: Sequence[Asked]


class Answers(NamedTuple):
    """What can be said at once, and what has to be computed first.

    Attributes:
        results: One entry a task, in order: a prediction, or an empty list for none.
        missing: Tasks whose traces the present plugins have not judged yet.
        problems: Why tasks can't be used at all, each once.
    """

    results: list[dict[str, Any] | list[Any]]
    missing: list[Asked]
    problems: tuple[str, ...] = ()


Confirmed = Callable[[str, str], bool]
"""Whether a trace was decided anew for a version, though nothing changed: (version, trace id)."""


def answer(
    connection: Connection,
    settings: Settings,
    tasks: Sequence[Mapping[str, Any]],
    labelling: str,
    project: ProjectKey,
    confirmed: Confirmed,
) -> Answers:
    """Answer for tasks what the store knows; nothing is computed here.

    Raises:
        UsageError: The project's configuration has no place for our labels.
    """
    config = read_config(labelling)
    version = version_in_use(connection, settings)
    known = find_project(connection, project)
    nothing: list[dict[str, Any] | list[Any]] = [[] for _ in tasks]
    if known is not None and known.blind:
        return Answers(nothing, [])
    places: list[Place | None] = []
    problems: dict[str, None] = {}
    for task in tasks:
        try:
            places.append(place_of(task.get("data")))
        except UsageError as why:
            places.append(None)
            problems[str(why)] = None
    told = told_of(connection, settings, [one.trace_id for one in places if one])
    current = {name for name, one in told.items() if is_current(one, version, confirmed)}
    missing = []
    for number, (task, place) in enumerate(zip(tasks, places, strict=True)):
        if place is None:
            continue
        found = told.get(place.trace_id)
        if found is not None and not place.shows(found):
            problems["a task shows another text than the store holds: export it anew"] = None
        elif found is not None and place.trace_id in current:
            nothing[number] = predict(place, found, config, version.name) or []
        else:
            missing.append(asked_of(task["id"], place, task["data"]))
    return Answers(nothing, missing, tuple(problems))


def asked_of(task: int, place: Place, data: Mapping[str, Any]) -> Asked:
    """A task that is to wait for its prediction."""
    return Asked(task, place, data if is_trace(data) else None)


def told_of(
    connection: Connection, settings: Settings, identities: Sequence[str]
) -> dict[str, Told]:
    """What is known of traces by id, some thousand in a query; strangers are left out."""
    wanted = list(dict.fromkeys(identities))
    told: dict[str, Told] = {}
    for start in range(0, len(wanted), _CHUNK):
        found = find_traces(connection, wanted[start : start + _CHUNK])
        stored = [one for one in found.values() if one is not None]
        told |= tell(connection, stored, settings)
    return told


def is_current(told: Told, version: Version, confirmed: Confirmed) -> bool:
    """Whether the latest decisions on a trace are those of a version."""
    if told.decided_at >= version.model_at and version.made(told):
        return True
    # decisions that a new ranker leaves as they were keep their time, and plugins that had nobody
    # to ask their old word: somebody must have looked
    return bool(told.opinions) and confirmed(version.name, told.id)


def parse_key(text: Any) -> ProjectKey:
    """Read a project as the protocol names it: its number and second of making.

    Raises:
        UsageError: It is not of that form.
    """
    number, _, made_at = str(text).partition(".")
    parts = [int(part) for part in (number, made_at) if part.isdecimal() and len(part) <= 10]
    if len(parts) < 2 or max(parts) >= 2**31:
        raise UsageError('a project is named "NUMBER.SECONDS", as Label Studio does')
    return ProjectKey(*parts)
