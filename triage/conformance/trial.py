"""Runs a plugin over traces in a process of its own and notes everything that it does."""

import asyncio
import multiprocessing
import os
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint
from multiprocessing.connection import Connection
from typing import Any, Final, NamedTuple

from triage.errors import PluginError
from triage.plugininfo import PluginContext, PluginInfo
from triage.plugins import GROUP, Plugin, Plugins, load
from triage.propose.outcomes import accept_answer, accept_outcomes, told_of
from triage.propose.view import up_to, visible
from triage.records import Outcome, Passage, Redaction, Trace

_MIB: Final = 2**20
_LOADING_SECONDS: Final = 60.0
"""What a new process and the libraries of a plugin may take on a busy machine."""
_ROUNDS: Final = 2
"""Every step is asked twice, with a fresh memory, to see whether the answers are the same."""


class Described(NamedTuple):
    """What the plugin says of itself."""

    info: PluginInfo
    is_async: bool
    hooks: tuple[str, ...]


class Asked(NamedTuple):
    """What became of one call.

    Attributes:
        step: The step's index; None for the comparison of the final answer.
        failure: What it raised, or what was wrong with what it returned.
        aids: Passages and redactions, as JSON.
        length: Characters of the step.
        changed: Whether the trace that it was shown was another one afterwards.
    """

    round: int
    hook: str
    trace: str
    step: int | None
    outcomes: tuple[Outcome, ...]
    aids: tuple[str, ...]
    failure: str | None
    seconds: float
    length: int
    changed: bool


class Ended(NamedTuple):
    """How the process ended.

    Attributes:
        grown_mb: Memory that the plugin took beyond its own import, in MiB.
        connected: Hosts that were asked for on a network.
        why: Why it did not come to its end: `timeout`, `killed`, or why it could not be loaded.
        printed: Bytes that it wrote on standard output.
    """

    grown_mb: float = 0.0
    connected: tuple[str, ...] = ()
    why: str | None = None
    printed: int = 0


class Trial(NamedTuple):
    """Everything that was noted."""

    described: Described | None
    asked: tuple[Asked, ...]
    ended: Ended


def tried(
    entry: EntryPoint,
    traces: Sequence[Trace] | None,
    settings: Mapping[str, Any],
    deadline_seconds: float,
    memory_mb: int,
) -> Trial:
    """Load a plugin in a new process, ask it about every step twice, and kill it if it hangs.

    Args:
        entry: Where the plugin is.
        traces: What it is asked about; None takes the kit's own specimens for its domains.
        settings: Its own table of the configuration.
        deadline_seconds: Longest wait for one call.
        memory_mb: Address space that the process may take.
    """
    here, there = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("spawn")
    body = (entry.name, entry.value, traces, dict(settings), memory_mb, there)
    process = context.Process(target=_run, args=body, daemon=True)
    process.start()
    there.close()
    described: Described | None = None
    asked: list[Asked] = []
    ended = Ended(why="killed")
    try:
        while True:
            if not here.poll(deadline_seconds + (0 if described else _LOADING_SECONDS)):
                ended = Ended(why="timeout")
                break
            told = here.recv()
            if isinstance(told, Described):
                described = told
            elif isinstance(told, Asked):
                asked.append(told)
            else:
                ended = told
                break
    except EOFError:
        pass  # it died without a word: `killed`
    finally:
        process.kill()
        process.join()
        here.close()
    return Trial(described, tuple(asked), ended)


def _run(
    name: str,
    value: str,
    traces: Sequence[Trace] | None,
    settings: dict[str, Any],
    memory_mb: int,
    out: Connection,
) -> None:
    from triage.conformance.specimens import specimens

    connected: list[str] = []
    _watch_network(connected)
    printed = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
    os.dup2(printed.fileno(), 1)
    found: Plugins = load([EntryPoint(name, value, GROUP)])
    if name in found.broken:
        out.send(Ended(why=found.broken[name]))
        return
    plugin = found.loaded[name]
    hooks = ("propose", "check_answer", "evidence", "redact")
    named = tuple(f"triage_{hook}" for hook in hooks if getattr(plugin, hook) is not None)
    out.send(Described(plugin.info, plugin.is_async, named))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limit = memory_mb * _MIB
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for number in range(_ROUNDS):
        for trace in traces if traces is not None else specimens(plugin.info.domains):
            for asked in _ask(plugin, trace, settings):
                out.send(asked._replace(round=number))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    sys.stdout.flush()
    size = os.fstat(printed.fileno()).st_size
    out.send(Ended(grown / 1024, tuple(sorted(set(connected))), printed=size))


def _watch_network(connected: list[str]) -> None:
    """Note and refuse every connection: a check must not depend on what answers."""

    def refused(_socket: socket.socket, address: Any) -> None:
        connected.append(str(address[0] if isinstance(address, tuple) else address))
        raise ConnectionRefusedError("the conformance kit lets nothing through")

    def unresolved(host: Any, *_rest: Any, **_more: Any) -> list[Any]:
        connected.append(str(host))
        raise socket.gaierror("the conformance kit lets nothing through")

    socket.socket.connect = refused  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = unresolved


def _ask(plugin: Plugin, trace: Trace, settings: Mapping[str, Any]) -> Iterator[Asked]:
    shown = visible(trace, plugin.info.sees)
    context = PluginContext(settings)
    for step in range(len(shown.steps)):
        cut = up_to(shown, step, plugin.info.sees)
        if plugin.propose is not None:
            yield _noted("triage_propose", plugin, trace, step, context, cut)
        if plugin.evidence is not None:
            yield _noted("triage_evidence", plugin, trace, step, context, cut)
        if plugin.redact is not None:
            yield _noted("triage_redact", plugin, trace, step, context, cut)
    if plugin.check_answer is not None:
        yield _noted("triage_check_answer", plugin, trace, None, context, shown)


def _noted(
    hook: str, plugin: Plugin, trace: Trace, step: int | None, context: PluginContext, shown: Trace
) -> Asked:
    before = shown.model_dump()
    began = time.perf_counter()
    outcomes: tuple[Outcome, ...] = ()
    aids: tuple[str, ...] = ()
    failure: str | None = None
    try:
        outcomes, aids = _called(hook, plugin, step, context, shown)
    except BaseException as why:  # noqa: BLE001 - foreign code: what it raises is what is looked for
        failure = told_of(why)[:300]
    seconds = time.perf_counter() - began
    changed = shown.model_dump() != before
    length = len(trace.steps[step or 0].text)
    return Asked(0, hook, trace.id, step, outcomes, aids, failure, seconds, length, changed)


def _called(
    hook: str, plugin: Plugin, step: int | None, context: PluginContext, shown: Trace
) -> tuple[tuple[Outcome, ...], tuple[str, ...]]:
    call = getattr(plugin, hook.removeprefix("triage_"))
    at = 0 if step is None else step
    text = shown.steps[at].text
    returned = call(trace=shown, step=at, text=text, context=context)
    if asyncio.iscoroutine(returned):
        returned = asyncio.run(returned)
    if hook == "triage_propose":
        return tuple(accept_outcomes(returned, plugin.info, at)), ()
    if hook == "triage_check_answer":
        accept_answer(returned, plugin.info)
        return (), ()
    wanted: type[Passage] | type[Redaction]
    wanted = Passage if hook == "triage_evidence" else Redaction
    found = list(returned or ())
    for one in found:
        if not isinstance(one, wanted):
            raise PluginError(f"{hook} gave {type(one).__name__}, not {wanted.__name__}")
        if isinstance(one, Redaction) and one.span[1] > len(text):
            raise PluginError(f"{hook} named a place outside the text: {one.span}")
    return (), tuple(one.model_dump_json() for one in found)
