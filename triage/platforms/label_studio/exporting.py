"""Tasks with predictions, out of the store: for a file, or straight into a project."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from triage.platforms.label_studio.answering import is_current
from triage.platforms.label_studio.api import LabelStudio
from triage.platforms.label_studio.config import View, label_config, read_config
from triage.platforms.label_studio.predictions import predict
from triage.platforms.label_studio.tasks import place_of, step_task, trace_task
from triage.platforms.label_studio.version import version_in_use
from triage.platforms.opinions import Told, tell
from triage.settings import Settings
from triage.store.batch import Batch

_AT_ONCE: Final = 250
"""Tasks that go out in one request."""


class Which(StrEnum):
    """Which steps become tasks."""

    WAITING = "waiting"
    """Those that a person is to decide; of traces, those that have one."""
    ALL = "all"


class Form(NamedTuple):
    """What tasks are to look like.

    Attributes:
        blind: Whether they come without predictions, with the blind sample among them; they are
            in the order of the queue then, which does not tell the sample from the rest.
    """

    view: View
    which: Which
    blind: bool


def tasks(
    connection: Connection, batch: Batch, settings: Settings, form: Form
) -> Iterator[dict[str, Any]]:
    """The tasks of a batch of traces, each as Label Studio imports it."""
    config = read_config(label_config(form.view, blind=form.blind))
    with connection.begin():
        version = version_in_use(connection, settings)
    blind: list[tuple[float, dict[str, Any]]] = []
    for chunk in batch.chunks():
        with connection.begin():
            told = tell(connection, chunk, settings)
        for one in told.values():
            for priority, data in _chosen(one, form):
                if form.blind:
                    blind.append((-priority, {"data": data}))
                    continue
                # what older plugins said goes out with none: it is asked for, and made anew
                current = is_current(one, version, lambda _version, _trace: False)
                found = predict(place_of(data), one, config, version.name) if current else None
                yield {"data": data, "predictions": [found] if found else []}
    for _urgency, task in sorted(blind, key=lambda pair: pair[0]):
        yield task


def send(client: LabelStudio, project: int, made: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Put tasks into a project, but those that are there already; gives how many went, and not.

    Raises:
        LabelStudioError: It can't be reached, or refuses.
    """
    there = {_name(task["data"]) for task in client.tasks(project)}
    sent = known = 0
    waiting: list[dict[str, Any]] = []

    def flush() -> int:
        if waiting:
            client.post(f"/api/projects/{project}/import", waiting)
        count = len(waiting)
        waiting.clear()
        return count

    for task in made:
        if _name(task["data"]) in there:
            known += 1
            continue
        waiting.append(task)
        if len(waiting) >= _AT_ONCE:
            sent += flush()
    return sent + flush(), known


def _chosen(told: Told, form: Form) -> Sequence[tuple[float, dict[str, Any]]]:
    """The tasks of a trace with their urgency."""
    steps = [
        (step, opinion.priority)
        for step, opinion in enumerate(told.opinions)
        if form.which is Which.ALL or (opinion.waits and (form.blind or not opinion.drawn))
    ]
    if form.view is View.TRACE:
        return [(max(priority for _step, priority in steps), trace_task(told))] if steps else []
    return [(priority, step_task(told, step)) for step, priority in steps]


def _name(data: dict[str, Any]) -> tuple[Any, ...]:
    shown = data.get("step") or repr(data.get("steps"))
    return data.get("trace_id"), data.get("step_index"), shown
