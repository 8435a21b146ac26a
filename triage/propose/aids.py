"""Asks plugins for what judges' questions need: passages to show, and what must be covered."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, Final

from triage.errors import EvidenceError, TriageError, UsageError
from triage.plugininfo import PluginContext, Sees
from triage.plugins import Hook, Plugin
from triage.propose.view import up_to, visible
from triage.records import Passage, Redaction, Step, Trace
from triage.redaction import Finder, covered
from triage.runtime.bounds import Bounded, OwnThread

MOST_PASSAGES: Final = 12
"""More are cut: what judges read costs money, and attention."""
_REMEMBERED: Final = 8_192


class Gatherer:
    """Plugins that find passages, asked about a step for all judges at once.

    Args:
        plugins: All loaded plugins by name; those without the hook are passed over.
        settings: Each plugin's own table of the configuration.
        deadline_seconds: Longest wait for a source. A plain function that is late once is not
            asked again in this run: its thread may hang for ever.
        private: Says what is covered before a trace goes to a source on a network.
    """

    def __init__(
        self,
        plugins: Mapping[str, Plugin],
        settings: Mapping[str, Mapping[str, Any]],
        deadline_seconds: float,
        private: Finder | None,
    ) -> None:
        self._asked = [
            (
                plugin,
                plugin.evidence,
                PluginContext(settings.get(name, {})),
                OwnThread(f"evidence-{name}", deadline_seconds),
            )
            for name, plugin in sorted(plugins.items())
            if plugin.evidence is not None
        ]
        self._deadline = deadline_seconds
        self._private = private

    def __bool__(self) -> bool:
        return bool(self._asked)

    def prepare(self) -> None:
        """Ask every source on this machine about nothing: better told now than at every step.

        A source that answers None has nothing to search, and is not asked again.

        Raises:
            TriageError: A source can't work.
        """
        nothing = Trace(id="-", problem="", steps=(Step(index=0, text=""),), group="-")
        for one in tuple(self._asked):
            plugin, hook, context, _ = one
            if not hook.is_async:
                try:
                    found = hook(trace=nothing, step=0, context=context)
                    if found is None:
                        self._asked.remove(one)
                    else:
                        list(found)
                except TriageError:
                    raise
                except (Exception, SystemExit) as why:  # foreign code: better told now
                    told = f"the source {plugin.info.name} does not work, nothing was asked: {why}"
                    raise UsageError(told) from why

    async def passages(self, trace: Trace, step: int) -> tuple[Passage, ...]:
        """What the sources hold on one step, judged by what was written up to it.

        Raises:
            EvidenceError: A source failed: a judge must not be asked without its passages.
        """
        shown = up_to(visible(trace, Sees.EARLIER), step, Sees.EARLIER)
        wanted = [one for one in self._asked if one[0].info.serves(trace.domain)]
        found = await asyncio.gather(*(self._ask(*one, shown, step) for one in wanted))
        return _distinct(found)

    async def _ask(
        self,
        plugin: Plugin,
        hook: Hook,
        context: PluginContext,
        thread: OwnThread,
        shown: Trace,
        step: int,
    ) -> list[Passage]:
        if hook.is_async and self._private is not None:
            shown, _ = covered(shown, self._private)
        name = plugin.info.name
        try:
            ask = partial(hook, trace=shown, step=step, context=context)
            if hook.is_async:
                async with asyncio.timeout(self._deadline):
                    returned = await ask()
            else:  # one at a time, and answers that come meanwhile are not kept waiting
                returned = await thread.call(ask)
            return [_passage(one) for one in returned or ()]
        except (Exception, SystemExit) as why:  # foreign code: it owes one step
            told = f"the source {name} failed: {type(why).__name__}: {why}"
            raise EvidenceError(told[:500]) from why


def finder(
    plugins: Mapping[str, Plugin],
    settings: Mapping[str, Mapping[str, Any]],
    needed: Iterable[str],
    deadline_seconds: float,
) -> Finder | None:
    """What all redactors together say is private; None where no plugin redacts.

    Args:
        plugins: All loaded plugins by name.
        settings: Each plugin's own table of the configuration.
        needed: Redactors without which nothing may be sent.
        deadline_seconds: Longest time that all of them may take for a text.

    Raises:
        UsageError: One of the needed redactors is not loaded, or one does not work.
    """
    hooks = [
        (plugin.redact, PluginContext(settings.get(name, {})))
        for name, plugin in sorted(plugins.items())
        if plugin.redact is not None
    ]
    for name in needed:
        if name not in plugins or plugins[name].redact is None:
            raise UsageError(
                f"plugins.redactors names {name!r}, but no such redactor is loaded: nothing was "
                "sent; `triage plugins list` says why"
            )
    if not hooks:
        return None

    bounded = Bounded(deadline_seconds)

    @lru_cache(maxsize=_REMEMBERED)
    def find(text: str) -> tuple[Redaction, ...]:
        with bounded.call():
            return tuple(
                _redaction(one)
                for hook, context in hooks
                for one in hook(text=text, context=context) or ()
            )

    try:
        find("")
    except UsageError:
        raise
    except (Exception, SystemExit) as why:  # foreign code: better told now
        raise UsageError(f"a redactor does not work, nothing was sent: {why}") from why
    return find


def _redaction(one: Any) -> Redaction:
    if not isinstance(one, Redaction):
        raise TypeError(f"triage_redact gave {type(one).__name__}, not a Redaction")
    return one


def _passage(one: Any) -> Passage:
    if not isinstance(one, Passage):
        raise TypeError(f"triage_evidence gave {type(one).__name__}, not a Passage")
    return Passage.model_validate_json(one.model_dump_json())


def _distinct(found: Sequence[Sequence[Passage]]) -> tuple[Passage, ...]:
    """The passages in the order of their rank at each source, each id once."""
    longest = max(map(len, found), default=0)
    distinct: dict[str, Passage] = {}
    for rank in range(longest):
        for some in found:
            if rank < len(some):
                distinct.setdefault(some[rank].id, some[rank])
    return tuple(distinct.values())[:MOST_PASSAGES]
