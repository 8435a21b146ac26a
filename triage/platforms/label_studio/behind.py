"""Computes behind what a request could not be told at once, and pushes it to Label Studio."""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from traceback import format_tb
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Engine

from triage.configuration.settings import Settings
from triage.errors import TriageError
from triage.jobs.frames import Call
from triage.jobs.handle import Workshop, WorkshopError
from triage.platforms.label_studio.answering import Asked, Work, is_current, told_of
from triage.platforms.label_studio.api import LabelStudio, LabelStudioError
from triage.platforms.label_studio.forms.config import read_config
from triage.platforms.label_studio.forms.predictions import predict
from triage.platforms.label_studio.forms.tasks import trace_row
from triage.platforms.label_studio.resuming import work_left
from triage.platforms.version import version_in_use
from triage.records.job import TraceState
from triage.store.platforms.label_studio import (
    Project,
    ProjectKey,
    drop_waiting,
    find_project,
    keep_waiting,
    waiting_tasks,
)
from triage.store.run.traces import find_traces

_LOG: Final = logging.getLogger("triage.label-studio")
_AT_ONCE: Final = 200
"""Predictions that go out in one request."""
_TRACES: Final = 100
"""Traces that are handed to the workshop at a time."""
_TRIES: Final = 100
"""How often a busy workshop is asked again, or one that died over the work."""
_AGAIN_SECONDS: Final = 5.0
_UNREACHED_SECONDS: Final = 60.0
"""When Label Studio is tried again that could not be reached."""


class _Left(NamedTuple):
    """Tasks of which only Label Studio knows what they hold."""

    project: ProjectKey
    tasks: Sequence[int]


class Behind:
    """One thread that works through what requests left to do; a task waits only once.

    The store knows which tasks wait for a push, so that a server that was stopped goes on.

    Args:
        engine: The store.
        writing: Opens a writing transaction, in its turn.
        settings: With Label Studio's token, without which predictions wait to be asked for.
        workshop: Does the work on traces.
    """

    def __init__(
        self,
        engine: Engine,
        writing: Callable[[], AbstractContextManager[Connection]],
        settings: Settings,
        workshop: Workshop,
    ) -> None:
        self._engine = engine
        self._writing = writing
        self._settings = settings
        self._workshop = workshop
        self._closing = threading.Event()
        self._waiting = queue.SimpleQueue[Work | _Left]()
        self._unreached: list[_Left] = []
        self._taken: set[tuple[ProjectKey, int]] = set()
        self._confirmed: set[tuple[str, str]] = set()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Go on with what a server that was stopped left waiting."""
        if not self._settings.label_studio.token:
            return
        with self._engine.connect() as connection:
            found = waiting_tasks(connection)
        for project, tasks in found.items():
            for start in range(0, len(tasks), _AT_ONCE):
                self._add(_Left(project, tasks[start : start + _AT_ONCE]))

    def close(self) -> None:
        """Begin nothing new; the next server goes on with what is to be pushed."""
        self._closing.set()

    def confirmed(self, version: str, trace_id: str) -> bool:
        """Whether a trace was decided anew for a version since this process started."""
        return (version, trace_id) in self._confirmed

    def submit(self, work: Work) -> None:
        """Leave work to be done; what waits already is not added again."""
        with self._guard:
            fresh = [one for one in work.asked if (work.project, one.task) not in self._taken]
            self._taken |= {(work.project, one.task) for one in fresh}
        if not fresh:
            return
        work = work._replace(asked=fresh)
        try:
            if self._settings.label_studio.token:
                with self._writing() as connection:
                    keep_waiting(connection, work.project, _tasks(work))
        except BaseException:
            self._leave(work)  # else nobody could ask for them again
            raise
        self._add(work)

    def _add(self, one: Work | _Left) -> None:
        with self._guard:
            self._taken |= {(one.project, task) for task in _tasks(one)}
            self._waiting.put(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="label-studio", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                one = self._waiting.get(timeout=_UNREACHED_SECONDS if self._unreached else None)
            except queue.Empty:
                again, self._unreached = self._unreached, []
                for left in again:
                    self._waiting.put(left)
                continue
            if self._closing.is_set():
                return
            try:
                self._work_on(one)
            except Exception as why:  # noqa: BLE001 - whatever a plugin or a judge does to one piece
                # its message may hold words of a trace: the place is told, not the words
                frames = "".join(format_tb(why.__traceback__))
                _LOG.error("work", extra={"why": type(why).__name__, "traceback": frames})
            finally:
                self._leave(one)

    def _leave(self, one: Work | _Left) -> None:
        with self._guard:
            self._taken -= {(one.project, task) for task in _tasks(one)}

    def _work_on(self, one: Work | _Left) -> None:
        try:
            work = self._fetch(one) if isinstance(one, _Left) else one
            if work is not None:
                self._do(work)
        except LabelStudioError as why:
            # they are in the store: Label Studio gets them when it asks again, or can be reached
            _LOG.warning("push", extra={"why": str(why)})
            self._unreached.append(_Left(one.project, _tasks(one)))
            return
        if not self._closing.is_set():  # else something may not be computed yet
            with self._writing() as connection:
                drop_waiting(connection, one.project, _tasks(one))

    def _fetch(self, left: _Left) -> Work | None:
        with self._engine.connect() as connection:
            version = version_in_use(connection, self._settings)
            project = find_project(connection, left.project)
        if project is None or project.blind:
            return None
        with LabelStudio(project.url, self._settings.label_studio.token) as client:
            return work_left(client, left.project, left.tasks, version.name)

    def _do(self, work: Work) -> None:
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


def _tasks(one: Work | _Left) -> Sequence[int]:
    return one.tasks if isinstance(one, _Left) else [asked.task for asked in one.asked]


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
