"""Asks plugins that wait on a network, in the event loop, all steps of a trace at once."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final, TypeVar

from triage.errors import RedactionError
from triage.plugininfo import PluginContext
from triage.plugins import Plugin
from triage.propose.outcomes import answer_in, failure_of, gather, outcomes_in, settle
from triage.propose.packed import Packed
from triage.propose.view import up_to, visible
from triage.records import AnswerCheck, Failure, Outcome, Trace

Answer = TypeVar("Answer")
_FOREIGN: Final = (Exception, SystemExit, asyncio.CancelledError)


async def ask(
    plugin: Plugin, trace: Trace, settings: Mapping[str, Any], deadline_seconds: float
) -> Packed:
    """Ask one plugin about all steps of a trace and about its answer.

    What it raises, returns amiss or does not return in time is a failure of that step; a plugin
    that keeps time itself has as long as it takes.
    """
    deadline = None if plugin.info.keeps_time else deadline_seconds
    shown = visible(trace, plugin.info.sees)
    context = PluginContext(settings)
    asked = [
        asyncio.ensure_future(_outcomes(plugin, shown, step, context, deadline))
        for step in range(len(shown.steps))
    ]
    answer = await _answer(plugin, shown, context, deadline)
    everything = [outcome for group in await asyncio.gather(*asked) for outcome in group]
    if isinstance(answer, Failure):
        everything.append(answer)
        answer = None
    return settle(plugin.info.name, everything, answer, len(shown.steps) - 1)


def withheld(source: str, trace: Trace, why: RedactionError) -> Packed:
    """What a plugin says of a trace that it was not shown, as it could not be redacted."""
    return Packed.pack(
        gather(
            Failure(step=step.index, source=source, why=why.code, detail=str(why)[:500])
            for step in trace.steps
        )
    )


async def _outcomes(
    plugin: Plugin, shown: Trace, step: int, context: PluginContext, deadline: float | None
) -> list[Outcome]:
    if plugin.propose is None:
        return []
    cut = up_to(shown, step, plugin.info.sees)
    try:
        returned = await _within(deadline, plugin.propose(trace=cut, step=step, context=context))
        return outcomes_in(returned, plugin.info, step)
    except _FOREIGN as why:  # foreign code: it may raise anything, an exit too, and owes one step
        _leave_if_cancelled(why)
        return [failure_of(plugin.info.name, step, why)]


async def _answer(
    plugin: Plugin, shown: Trace, context: PluginContext, deadline: float | None
) -> AnswerCheck | Failure | None:
    if plugin.check_answer is None:
        return None
    try:
        returned = await _within(deadline, plugin.check_answer(trace=shown, context=context))
        return answer_in(returned, plugin.info)
    except _FOREIGN as why:  # as above
        _leave_if_cancelled(why)
        return failure_of(plugin.info.name, len(shown.steps) - 1, why)


def _leave_if_cancelled(why: BaseException) -> None:
    """Let a cancellation through if it is the house's; one that a plugin raised is its failure."""
    task = asyncio.current_task()
    if isinstance(why, asyncio.CancelledError) and task is not None and task.cancelling():
        raise why


async def _within(seconds: float | None, returned: Awaitable[Answer] | Answer) -> Answer:
    if not isinstance(returned, Awaitable):
        return returned
    if seconds is None:
        return await returned
    async with asyncio.timeout(seconds):
        return await returned
