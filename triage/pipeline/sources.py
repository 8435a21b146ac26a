"""Whom to ask about a trace: plugins in worker processes, and those that wait on a network here."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple

import orjson

from triage.configuration.settings import Settings
from triage.errors import RedactionError
from triage.judging import read_panel
from triage.judging.active import current
from triage.judging.plugin import JudgePlugin
from triage.pipeline.judges import describe, load_here, private_in
from triage.plugininfo import PluginInfo
from triage.plugins import Plugin
from triage.promptbook import book_of
from triage.propose.asking import ask, withheld
from triage.propose.host import Workers
from triage.propose.packed import Packed
from triage.records import SourceKind
from triage.redaction import Finder, covered
from triage.store.run.findings import Answered
from triage.store.run.traces import Stored


class Sources(NamedTuple):
    """The plugins there are, ready to be asked from one event loop.

    Attributes:
        in_event_loop: Those that are asked in this process.
        helpers: Those that find passages for judges' questions or cover what is private in them.
        private: Says what is covered before a trace leaves the machine.
        fingerprints: By plugin, what its answers depend on besides the trace.
    """

    workers: Workers
    settings: Settings
    infos: dict[str, PluginInfo]
    broken: dict[str, str]
    in_event_loop: dict[str, Plugin]
    helpers: dict[str, Plugin]
    private: Finder | None
    fingerprints: dict[str, str]

    def serving(self, domain: str, plugins: Iterable[str]) -> list[str]:
        """Those of some plugins that serve a domain and have a judge to ask, if they ask judges."""
        return [
            name
            for name in plugins
            if self.infos[name].serves(domain) and not self._asks_nobody(name, domain)
        ]

    def judges_by(self, name: str) -> JudgePlugin | None:
        """The plugin of this name if it asks the run's judges, who keep a ledger of their cost."""
        plugin = self.in_event_loop.get(name)
        named = plugin.implementation if plugin else None
        return named if isinstance(named, JudgePlugin) else None

    def _asks_nobody(self, name: str, domain: str) -> bool:
        judging, owner = current(), self.judges_by(name)
        if judging is None or owner is None:
            return False
        return not owner.would_ask(judging, domain, self.settings.plugin.get(name, {}))

    async def ask(
        self,
        stored: Stored,
        plugins: Sequence[str],
        turn: AbstractAsyncContextManager[object] | None = None,
    ) -> list[Answered]:
        """Ask plugins about a trace; what goes wrong is a failure among their findings.

        Args:
            turn: Entered while worker processes are at work on it.
        """
        here = [name for name in plugins if name in self.in_event_loop]
        there = [name for name in plugins if name not in self.in_event_loop]
        packed: dict[str, Packed] = {}
        waiting = [asyncio.create_task(self._ask_here(stored, name)) for name in here]
        if there:
            # beside judges, who take longer, a trace may wait for others to share a hop with
            hurry = not here or turn is not None
            async with turn or nullcontext():
                packed = await self.workers.judge(stored.body, stored.steps, there, hurry=hurry)
        for name, findings in zip(here, await asyncio.gather(*waiting), strict=True):
            packed[name] = findings
        return [
            Answered(stored.key, name, self.fingerprints[name], *one)
            for name, one in packed.items()
        ]

    async def _ask_here(self, stored: Stored, name: str) -> Packed:
        plugin, trace = self.in_event_loop[name], stored.trace()
        if self.private is not None and not isinstance(plugin.implementation, JudgePlugin):
            # a panel covers what it sends itself, and must quote what was written
            try:
                trace, _ = covered(trace, self.private)
            except RedactionError as why:
                return withheld(name, trace, why)
        return await ask(
            plugin,
            trace,
            self.settings.plugin.get(name, {}),
            self.settings.plugins.network_deadline_seconds,
        )


async def find_sources(workers: Workers, settings: Settings) -> Sources:
    """Load the plugins, in a worker first, and those that this process needs here.

    Raises:
        TriageError: A redactor that the settings ask for is not loaded, or one does not work; a
            rubric file is not right.
    """
    described = await describe(workers, settings)
    loaded = load_here(described, settings)
    infos = {n: one for n, one in described.infos.items() if n not in described.silent}
    helping = [described.infos[n] for n in sorted(described.helpers) if n in settings.plugin]
    return Sources(
        workers,
        settings,
        infos,
        described.broken,
        {n: one for n, one in loaded.items() if n in described.in_event_loop and n in infos},
        {n: one for n, one in loaded.items() if n in described.helpers},
        private_in(loaded, settings),
        {name: fingerprint(info, settings, helping) for name, info in infos.items()},
    )


def workers_for(settings: Settings) -> Workers:
    """The worker processes that the settings ask for, not yet started."""
    how = settings.plugins
    return Workers(
        workers=how.workers,
        deadline_seconds=how.deadline_seconds,
        memory_mb=how.memory_mb,
        blocked=how.blocked,
        settings=settings.plugin,
    )


def fingerprint(info: PluginInfo, settings: Settings, helping: Iterable[PluginInfo] = ()) -> str:
    """What an answer depends on besides the trace: the plugin, its version, settings and prompts.

    Args:
        info: The plugin.
        settings: All settings.
        helping: The plugins that help judges: a judge's answer depends on them too.
    """
    own: dict[str, Any] = settings.plugin.get(info.name, {})
    content: list[object] = [info.name, info.version, info.hook_api, own]
    if info.kind is SourceKind.JUDGE and settings.judges:
        # another panel or prompt is asked anew; the ledger keeps answers
        content += [settings.judges, book_of(settings.prompts).digest()]
        # where the environment leads a judge elsewhere, another model may answer
        content += [one.address for one in read_panel(settings.judges) if one.address != one.url]
        content += ([one.name, one.version, settings.plugin.get(one.name)] for one in helping)
    packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(packed).hexdigest()
