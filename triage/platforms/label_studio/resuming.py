"""Asks Label Studio for tasks whose predictions were still to be pushed when the server stopped."""

from collections.abc import Iterable

from triage.errors import UsageError
from triage.ingest.items import RowError
from triage.platforms.label_studio.answering import Asked, Work, asked_of
from triage.platforms.label_studio.api import LabelStudio, LabelStudioError
from triage.platforms.label_studio.events import key_of
from triage.platforms.label_studio.forms.tasks import place_of
from triage.store.platforms.label_studio import ProjectKey

_GONE = 404


def work_left(
    client: LabelStudio, project: ProjectKey, tasks: Iterable[int], version: str
) -> Work | None:
    """What is to be done yet for tasks that wait for their predictions.

    Tasks that are gone, that can't be used, or that have a prediction of this version are left
    out: the server may have stopped between a push and its note of it.

    Returns:
        The work; None if the project is gone, or another has its number.

    Raises:
        LabelStudioError: Label Studio can't be reached, or refuses.
    """
    try:
        told = client.get(f"/api/projects/{project.number}")
        if key_of(told) != project:
            return None
    except RowError:
        return None
    except LabelStudioError as why:
        if why.status == _GONE:
            return None
        raise
    found = (_asked(client, task, version) for task in tasks)
    return Work(project, str(told["label_config"]), [one for one in found if one is not None])


def _asked(client: LabelStudio, task: int, version: str) -> Asked | None:
    try:
        told = client.get(f"/api/tasks/{task}")
        place = place_of(told["data"])
    except UsageError:
        return None
    except LabelStudioError as why:
        if why.status == _GONE:
            return None
        raise
    if any(one.get("model_version") == version for one in told.get("predictions") or ()):
        return None
    return asked_of(task, place, told["data"])
