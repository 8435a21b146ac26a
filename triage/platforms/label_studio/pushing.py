"""Has predictions computed by the workshop, and pushes them to Label Studio."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.errors import TriageError
from triage.jobs.frames import Call
from triage.jobs.handle import Workshop, WorkshopError
from triage.platforms.label_studio.answering import Asked, Work, is_current, told_of
from triage.platforms.label_studio.api import LabelStudio, LabelStudioError
from triage.platforms.label_studio.forms.config import read_config
from triage.platforms.label_studio.forms.predictions import predict
from triage.platforms.label_studio.forms.tasks import trace_row
from triage.platforms.version import version_in_use
from triage.records.job import TraceState
from triage.store.platforms.label_studio import Project, find_project
from triage.store.run.traces import find_traces

_LOG: Final = logging.getLogger("triage.label-studio")
_AT_ONCE: Final = 200
"""Predictions that go out in one request."""
_TRACES: Final = 100
"""Traces that are handed to the workshop at a time."""
_TRIES: Final = 100
"""How often a busy workshop is asked again, or one that died over the work."""
_AGAIN_SECONDS: Final = 5.0


class Pusher:
    """Does one piece of work at a time.

    Args:
        engine: The store.
        settings: With Label Studio's token, without which predictions wait to be asked for.
        workshop: Does the work on traces.
        closing: Set when nothing new is to begin.
    """

    def __init__(
        self, engine: Engine, settings: Settings, workshop: Workshop, closing: threading.Event
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._workshop = workshop
        self._closing = closing
        self._confirmed: set[tuple[str, str]] = set()

    def confirmed(self, version: str, trace_id: str) -> bool:
        """Whether a trace was decided anew for a version since this process started."""
        return (version, trace_id) in self._confirmed

    def do(self, work: Work) -> None:
        """Compute what is missing for some tasks, and push their predictions.

        Raises:
            LabelStudioError: It can't be reached, or refuses.
            WorkshopError: The workshop does not come to it.
        """
        self._compute(work.asked)
        with self._engine.connect() as connection:
            version = version_in_use(connection, self._settings)
            identities = [one.place.trace_id for one in work.asked]
            told = told_of(connection, self._settings, identities)
            project = find_project(connection, work.project)
        self._confirmed |= {(version.name, identity) for identity in told}
        if project is None or project.blind:
            return
        config = read_config(work.labelling)
        ready = []
        for one in work.asked:
            found = told.get(one.place.trace_id)
            if found and one.place.shows(found) and is_current(found, version, self.confirmed):
                prediction = predict(one.place, found, config, version.name)
                if prediction is not None:
                    ready.append({"task": one.task, **prediction})
        self._push(project, ready)

    def _compute(self, asked: Sequence[Asked]) -> None:
        with self._engine.connect() as connection:
            known = find_traces(connection, [one.place.trace_id for one in asked])
        rows = {
            one.place.trace_id: orjson.dumps(trace_row(one.data)).decode()
            for one in asked
            if one.place.trace_id not in known and one.data is not None
        }
        keys = [stored.key for stored in known.values() if stored is not None]
        for start in range(0, len(rows), _TRACES):
            self._label(Call(list(rows.values())[start : start + _TRACES], self._seconds))
        for start in range(0, len(keys), _TRACES):
            self._label(Call([], self._seconds, keys=keys[start : start + _TRACES]))

    @property
    def _seconds(self) -> float:
        return self._settings.jobs.call_seconds

    def _label(self, call: Call) -> None:
        """Have some traces labelled, however long their judges take."""
        tries = 0
        while not self._closing.is_set():
            try:
                told = orjson.loads(asyncio.run(self._workshop.call(call)).body)["traces"]
            except WorkshopError as why:
                tries += 1
                if tries > _TRIES:
                    raise
                _LOG.info("waits", extra={"why": str(why)})
                self._closing.wait(_AGAIN_SECONDS)
                continue
            for one in told:
                if one["state"] == TraceState.REJECTED:
                    _LOG.warning("trace refused", extra={"id": one["trace_id"], "why": one["why"]})
            if not any(one["state"] == TraceState.RUNNING for one in told):
                return

    def _push(self, project: Project, ready: Sequence[dict[str, Any]]) -> None:
        if not ready:
            return
        try:
            client = LabelStudio(project.url, self._settings.label_studio.token)
        except TriageError as why:  # no token: they wait until Label Studio asks
            _LOG.warning("push", extra={"why": str(why)})
            return
        with client:
            sent = sum(
                push(client, project.key.number, ready[start : start + _AT_ONCE])
                for start in range(0, len(ready), _AT_ONCE)
            )
        _LOG.info("pushed", extra={"project": project.key.number, "predictions": sent})


def push(client: LabelStudio, project: int, ready: Sequence[dict[str, Any]]) -> int:
    """Send predictions; gives how many were taken. Tasks that are gone by now are left out.

    Raises:
        LabelStudioError: It can't be reached, or refuses for another reason.
    """
    if not ready:
        return 0
    try:
        client.post(f"/api/projects/{project}/import/predictions", list(ready))
    except LabelStudioError as why:
        if why.status != 400:
            raise
        # one task that is gone makes it refuse all: the halves tell which
        if len(ready) == 1:
            return 0
        half = len(ready) // 2
        return push(client, project, ready[:half]) + push(client, project, ready[half:])
    return len(ready)
