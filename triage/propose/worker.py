"""What runs inside a worker process: plugins that do not wait on a network, step after step."""

import io
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from triage.plugininfo import PluginContext, PluginInfo
from triage.plugins import Plugin, Plugins, installed, load
from triage.propose.outcomes import answer_in, failure_of, gather, outcomes_in, settle
from triage.propose.packed import Packed
from triage.propose.progress import ANSWER, LOADING, Doing, Lifeline, Progress
from triage.propose.view import up_to, visible
from triage.records import AnswerCheck, Failure, Findings, Outcome, Trace
from triage.runtime.cycles import collect_seldom


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker is told at its start.

    Attributes:
        settings: Each plugin's own table of the configuration.
        memory_mb: Address space a worker may take, in MiB.
    """

    progress: Path
    slots: int
    memory_mb: int
    blocked: frozenset[str] = frozenset()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Described(NamedTuple):
    """What a worker found when it loaded the plugins.

    Attributes:
        in_event_loop: Those that wait on a network.
        helpers: Those that the main process needs for judges' questions.
        silent: Those that judge nothing themselves.
    """

    infos: dict[str, PluginInfo]
    in_event_loop: frozenset[str]
    helpers: frozenset[str]
    silent: frozenset[str]
    broken: dict[str, str]


class Task(NamedTuple):
    """One trace for a set of plugins, less what has been found to kill."""

    trace: bytes
    plugins: tuple[str, ...]
    skip: frozenset[Doing] = frozenset()


class Job(NamedTuple):
    """What a worker does in one hop."""

    slot: int
    tasks: tuple[Task, ...]
    blocked: frozenset[str]


@dataclass
class _Worker:
    settings: WorkerSettings
    lifeline: Lifeline
    progress: Progress
    found: Plugins | None = None

    def begin(self, slot: int, plugin: str, step: int) -> None:
        """Note whose code runs next, if what ran before has left the way back open."""
        self.lifeline.check()
        self.progress.note(slot, plugin, step)

    def end(self, slot: int) -> None:
        """Note that no plugin's code is running, likewise."""
        self.lifeline.check()
        self.progress.clear(slot)

    def plugins(self, slot: int, blocked: frozenset[str]) -> Plugins:
        if self.found is None:
            entries = installed(self.settings.blocked | blocked)
            self.found = load(entries, lambda name: self.begin(slot, name, LOADING))
            self.end(slot)
            collect_seldom()
            limit = self.settings.memory_mb * 2**20
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        return self.found


_here: list[_Worker] = []


def start(settings: WorkerSettings) -> None:
    """Prepare this process; plugins are loaded by the first job, which can be blamed for it.

    What they print goes to standard error: standard output is the command's own.
    """
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):  # what is said before a worker dies is seen
        sys.stdout.reconfigure(line_buffering=True)
    lifeline = Lifeline()
    _here[:] = [_Worker(settings, lifeline, Progress(settings.progress, settings.slots))]


def describe(slot: int, blocked: frozenset[str]) -> Described:
    """Load the plugins and tell what they say of themselves."""
    found = _here[0].plugins(slot, blocked)
    return Described(
        {name: plugin.info for name, plugin in found.loaded.items()},
        frozenset(name for name, plugin in found.loaded.items() if plugin.is_async),
        frozenset(name for name, plugin in found.loaded.items() if plugin.helps_judges),
        frozenset(name for name, plugin in found.loaded.items() if plugin.is_silent),
        found.broken,
    )


def judge(job: Job) -> list[dict[str, Packed]]:
    """Ask plugins about every step of some traces.

    Returns:
        For each trace, for each plugin its findings.
    """
    worker = _here[0]
    found = worker.plugins(job.slot, job.blocked)
    answers = [_judge(task, found, job.slot, worker) for task in job.tasks]
    worker.end(job.slot)
    return answers


def _judge(task: Task, found: Plugins, slot: int, worker: _Worker) -> dict[str, Packed]:
    trace = Trace.model_validate_json(task.trace)
    answers = {}
    for name in task.plugins:
        plugin = found.loaded.get(name)
        if plugin is None:
            why = found.broken.get(name, "not loaded")
            answers[name] = Packed.pack(_nothing_from(name, trace, why))
        else:
            answers[name] = _ask(plugin, trace, task.skip, slot, worker)
    return answers


def _ask(
    plugin: Plugin, trace: Trace, skip: frozenset[Doing], slot: int, worker: _Worker
) -> Packed:
    name = plugin.info.name
    shown = visible(trace, plugin.info.sees)
    context = PluginContext(worker.settings.settings.get(name, {}))
    outcomes: list[Outcome] = []
    for step in range(len(trace.steps)):
        if plugin.propose is None or Doing(name, step) in skip:
            continue
        worker.begin(slot, name, step)
        try:
            returned = plugin.propose(
                trace=up_to(shown, step, plugin.info.sees), step=step, context=context
            )
            outcomes += outcomes_in(returned, plugin.info, step)
        except BaseException as why:  # noqa: BLE001 - foreign code: it may raise anything, an exit too, and owes one step
            outcomes.append(failure_of(name, step, why))
    check: AnswerCheck | None = None
    last = len(trace.steps) - 1
    if plugin.check_answer is not None and Doing(name, ANSWER) not in skip:
        worker.begin(slot, name, ANSWER)
        try:
            check = answer_in(plugin.check_answer(trace=shown, context=context), plugin.info)
        except BaseException as why:  # noqa: BLE001 - foreign code, as above
            outcomes.append(failure_of(name, last, why))
    return settle(name, outcomes, check, last)


def _nothing_from(name: str, trace: Trace, why: str) -> Findings:
    return gather(
        Failure(step=step.index, source=name, why="broken", detail=why) for step in trace.steps
    )
