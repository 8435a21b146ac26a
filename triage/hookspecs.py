"""The contract with plugins: every hook there is, on one screen.

A plugin is a module (or object) named by an entry point in the group `triage`. It proposes labels,
abstains, or adds caution; nothing it returns can accept a step.
"""

from collections.abc import Awaitable, Iterable
from typing import Final

import pluggy

from triage.plugininfo import PluginContext, PluginInfo
from triage.records import AnswerCheck, Outcome, Passage, Redaction, Trace

HOOK_API: Final = 1
"""Raised when a hook changes its meaning; new hooks and new arguments keep it."""

hookspec = pluggy.HookspecMarker("triage")
hookimpl = pluggy.HookimplMarker("triage")

Outcomes = Outcome | Iterable[Outcome] | None


@hookspec
def triage_describe() -> PluginInfo:  # type: ignore[empty-body]
    """Say who the plugin is, which domains it serves and how much of a trace it wants to see."""


@hookspec
def triage_propose(
    trace: Trace, step: int, context: PluginContext
) -> Outcomes | Awaitable[Outcomes]:
    """Judge one step: a proposal, an abstention, a caution, several of them, or None to abstain.

    `trace` is cut to what the plugin declared in `PluginInfo.sees`. A plain function runs in a
    worker process that is killed at its deadline, step after step in order, with one
    `context.memory` a trace; a coroutine function runs in the main process's event loop, for
    sources that wait on a network.
    """


@hookspec
def triage_check_answer(
    trace: Trace, context: PluginContext
) -> AnswerCheck | Awaitable[AnswerCheck | None] | None:
    """Compare the trace's final answer with what is known to be right, or None to stay silent."""


@hookspec
def triage_evidence(
    trace: Trace, step: int, context: PluginContext
) -> Iterable[Passage] | Awaitable[Iterable[Passage]] | None:
    """Find passages of sources outside the trace that bear on a step, for the judges to read.

    Runs in the main process. A coroutine function is for sources that wait on a network; it is
    shown the trace after redaction. One that has nothing to search at all gives None, already when
    it is asked about an empty trace at a run's start, and is left alone.
    """


@hookspec
def triage_redact(text: str, context: PluginContext) -> Iterable[Redaction] | None:
    """Say which pieces of a text must not leave the machine. Runs in the main process."""
