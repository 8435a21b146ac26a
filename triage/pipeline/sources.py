"""Whom to ask about a trace: plugins in worker processes, and those that wait on a network here."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple

import orjson

from triage.judging.active import current
from triage.judging.plugin import JudgePlugin
from triage.plugininfo import PluginInfo
from triage.plugins import Plugin, installed, load
from triage.promptbook import PromptBook
from triage.propose.asking import ask
from triage.propose.host import Workers
from triage.propose.packed import Packed
from triage.records import SourceKind
from triage.settings import Settings
from triage.store.findings import Answered
from triage.store.traces import Stored


class Sources(NamedTuple):
    """The plugins there are, ready to be asked from one event loop.

    Attributes:
        in_event_loop: Those that are asked in this process.
        fingerprints: By plugin, what its answers depend on besides the trace.
    """

    workers: Workers
    settings: Settings
    infos: dict[str, PluginInfo]
    broken: dict[str, str]
    in_event_loop: dict[str, Plugin]
    fingerprints: dict[str, str]

    def serving(self, domain: str, plugins: Iterable[str]) -> list[str]:
        """Those of some plugins that serve a domain, and would not ask judges where there are none."""
        return [
            name
            for name in plugins
            if self.infos[name].serves(domain) and not self._asks_nobody(name, domain)
        ]

    def _asks_nobody(self, name: str, domain: str) -> bool:
        judging, plugin = current(), self.in_event_loop.get(name)
        owner = plugin.propose.owner if plugin and plugin.propose else None
        if judging is None or not isinstance(owner, JudgePlugin):
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
            async with turn or nullcontext():
                packed = await self.workers.judge(stored.body, stored.steps, there)
        for name, findings in zip(here, await asyncio.gather(*waiting), strict=True):
            packed[name] = findings
        return [
            Answered(stored.key, name, self.fingerprints[name], *one)
            for name, one in packed.items()
        ]

    async def _ask_here(self, stored: Stored, name: str) -> Packed:
        findings = await ask(
            self.in_event_loop[name],
            stored.trace(),
            self.settings.plugin.get(name, {}),
            self.settings.plugins.network_deadline_seconds,
        )
        return Packed.pack(findings)


async def find_sources(workers: Workers, settings: Settings) -> Sources:
    """Load the plugins, in a worker first, and those of the event loop here."""
    described = await workers.describe()
    here = described.in_event_loop
    entries = [one for one in installed(settings.plugins.blocked) if one.name in here]
    return Sources(
        workers,
        settings,
        described.infos,
        described.broken,
        load(entries).loaded,
        {name: fingerprint(info, settings) for name, info in described.infos.items()},
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


def fingerprint(info: PluginInfo, settings: Settings) -> str:
    """What an answer depends on besides the trace: the plugin, its version, settings, prompts."""
    own: dict[str, Any] = settings.plugin.get(info.name, {})
    content: list[object] = [info.name, info.version, info.hook_api, own]
    if info.kind is SourceKind.JUDGE and settings.judges:
        # another panel or prompt is asked anew; the ledger keeps answers
        content += [settings.judges, PromptBook().digest()]
    packed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(packed).hexdigest()
