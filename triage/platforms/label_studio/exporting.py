"""Tasks with predictions, out of the store: for a file, or straight into a project."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.platforms.label_studio.answering import is_current
from triage.platforms.label_studio.api import LabelStudio
from triage.platforms.label_studio.forms.config import View, label_config, read_config
from triage.platforms.label_studio.forms.predictions import predict
from triage.platforms.label_studio.forms.tasks import place_of, step_task, trace_task
from triage.platforms.opinions import Told
from triage.platforms.selecting import Which, chosen, told_in
from triage.store.run.batch import Batch

_AT_ONCE: Final = 250
"""Tasks that go out in one request."""


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
    found = (
        (told, step, version)
        for told, version in told_in(connection, batch, settings)
        for step in _chosen(told, form)
    )
    if form.blind:
        for told, step, _version in sorted(found, key=lambda one: -_priority(one[0], one[1])):
            yield {"data": _data(told, step)}
        return
    for told, step, version in found:
        data = _data(told, step)
        # what older plugins said does not go out: it is asked for, and made anew
        current = is_current(told, version, lambda _version, _trace: False)
        made = predict(place_of(data), told, config, version.name) if current else None
        yield {"data": data, "predictions": [made] if made else []}


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


def _chosen(told: Told, form: Form) -> Sequence[int | None]:
    """The steps that become tasks; None stands for a whole trace."""
    steps = chosen(told, form.which, blind=form.blind)
    if form.view is View.TRACE:
        return [None] if steps else []
    return steps


def _data(told: Told, step: int | None) -> dict[str, Any]:
    return trace_task(told) if step is None else step_task(told, step)


def _priority(told: Told, step: int | None) -> float:
    if step is not None:
        return told.opinions[step].priority
    return max(one.priority for one in told.opinions)


def _name(data: dict[str, Any]) -> tuple[Any, ...]:
    shown = data.get("step") or repr(data.get("steps"))
    return data.get("trace_id"), data.get("step_index"), shown
