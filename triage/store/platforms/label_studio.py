"""Keeps connected projects of Label Studio, who labels in them, and which tasks wait."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from triage.store.tables.platform_tables import label_studio_projects as projects
from triage.store.tables.platform_tables import label_studio_waiting as waiting

_LARGEST: Final = 2**63 - 1


class ProjectKey(NamedTuple):
    """What tells a project from others, also on another server: its number and when it was made.

    Attributes:
        made_at: In whole Unix seconds.
    """

    number: int
    made_at: int


class Project(NamedTuple):
    """A connected project.

    Attributes:
        url: Where its Label Studio is.
        view: What a task holds: `step` or `trace`.
        blind: Whether no prediction is ever shown in it, so that its labels may certify.
        people: Experts' names by the platform's user ids.
    """

    key: ProjectKey
    url: str
    view: str
    blind: bool
    people: Mapping[str, str]


def keep_project(connection: Connection, project: Project) -> None:
    """Connect a project, in place of what was known of it. Needs a writing transaction."""
    forget_project(connection, project.key)
    row = {
        "project": project.key.number,
        "made_at": project.key.made_at,
        "url": project.url,
        "view": project.view,
        "blind": project.blind,
        "people": json.dumps(dict(project.people), sort_keys=True),
        "connected_at": time.time(),
    }
    connection.execute(insert(projects), row)


def forget_project(connection: Connection, key: ProjectKey) -> None:
    """Disconnect a project. Needs a writing transaction."""
    connection.execute(
        delete(projects).where(projects.c.project == key.number, projects.c.made_at == key.made_at)
    )


def find_project(connection: Connection, key: ProjectKey) -> Project | None:
    """One connected project; None if it is not."""
    query = _all().where(projects.c.project == key.number, projects.c.made_at == key.made_at)
    return next((_project(row) for row in connection.execute(query)), None)


def project_of_number(connection: Connection, number: int) -> Project | None:
    """The project of a number that was connected last; None if there is none."""
    query = _all().where(projects.c.project == number).order_by(projects.c.connected_at.desc())
    return next((_project(row) for row in connection.execute(query)), None)


def keep_waiting(connection: Connection, key: ProjectKey, tasks: Iterable[int]) -> None:
    """Note tasks whose predictions are to be pushed. Needs a writing transaction."""
    rows = [
        {"project": key.number, "made_at": key.made_at, "task": task}
        for task in tasks
        if 0 <= task <= _LARGEST  # Label Studio has no others
    ]
    if rows:
        dialect = {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name]
        connection.execute(dialect.insert(waiting).on_conflict_do_nothing(), rows)


def drop_waiting(connection: Connection, key: ProjectKey, tasks: Iterable[int]) -> None:
    """Note that tasks wait no more. Needs a writing transaction."""
    rows = [{"number": key.number, "second": key.made_at, "id": task} for task in tasks]
    if rows:
        connection.execute(_DROP, rows)


_DROP: Final = delete(waiting).where(
    waiting.c.project == bindparam("number"),
    waiting.c.made_at == bindparam("second"),
    waiting.c.task == bindparam("id"),
)


def waiting_tasks(connection: Connection) -> dict[ProjectKey, list[int]]:
    """The tasks that wait for their predictions, by project."""
    found: dict[ProjectKey, list[int]] = {}
    for row in connection.execute(select(waiting).order_by(*waiting.primary_key)):
        found.setdefault(ProjectKey(row.project, row.made_at), []).append(row.task)
    return found


def _all() -> Select[Any]:
    return select(projects)


def _project(row: Any) -> Project:
    key = ProjectKey(row.project, row.made_at)
    return Project(key, row.url, row.view, row.blind, json.loads(row.people))
