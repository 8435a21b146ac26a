"""Keeps what a request could not be told at once, for a thread that works through it."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from traceback import format_tb
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine

from triage.configuration.settings import Settings
from triage.jobs.handle import Workshop
from triage.platforms.label_studio.answering import Work
from triage.platforms.label_studio.api import LabelStudio, LabelStudioError
from triage.platforms.label_studio.pushing import Pusher
from triage.platforms.label_studio.resuming import work_left
from triage.platforms.version import version_in_use
from triage.store.platforms.label_studio import (
    ProjectKey,
    drop_waiting,
    find_project,
    keep_waiting,
    waiting_tasks,
)

_LOG: Final = logging.getLogger("triage.label-studio")
_AT_ONCE: Final = 200
"""Tasks that Label Studio is asked about together."""
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
        self._closing = threading.Event()
        self._pusher = Pusher(engine, settings, workshop, self._closing)
        self._waiting = queue.SimpleQueue[Work | _Left]()
        self._unreached: list[_Left] = []
        self._taken: set[tuple[ProjectKey, int]] = set()
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
        return self._pusher.confirmed(version, trace_id)

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
                self._pusher.do(work)
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


def _tasks(one: Work | _Left) -> Sequence[int]:
    return one.tasks if isinstance(one, _Left) else [asked.task for asked in one.asked]
