"""Adds up what judges would be asked about traces, before anything is spent."""

from collections.abc import Iterator, Mapping, Sequence

from triage.configuration.settings import Settings
from triage.judging import Judging
from triage.judging.estimate import estimate, together
from triage.judging.plugin import JudgePlugin
from triage.plugininfo import PluginInfo
from triage.plugins import Plugin
from triage.propose.view import visible
from triage.records import Trace
from triage.records.job import JudgeEstimate


class Reckoning:
    """The sums so far, for a panel and the plugins that ask it.

    Args:
        judging: The panel.
        plugins: Those that ask it are counted.
        settings: All settings.
        batches: Whether judges with `batch` are asked in batches, as runs do.
    """

    def __init__(
        self,
        judging: Judging,
        plugins: Mapping[str, Plugin],
        settings: Settings,
        *,
        batches: bool = False,
    ) -> None:
        self._judging = judging
        self._batches = batches
        self._settings = settings
        self._plugins = [
            (one.info, one.implementation)
            for one in plugins.values()
            if isinstance(one.implementation, JudgePlugin)
        ]
        self._sums: dict[tuple[str, str], JudgeEstimate] = {}

    async def add(self, traces: Sequence[Trace]) -> None:
        """Reckon some traces in.

        Raises:
            EvidenceError: A source of passages failed.
            RedactionError: The redactor failed.
        """
        for info, plugin in self._plugins:
            for prompt, shown in self._by_prompt(info, plugin, traces).items():
                file = self._judging.book.get(prompt)
                for judge in self._judging.judges_of(info, self._own(info)):
                    found = await estimate(
                        self._judging, judge, info, file, shown, batches=self._batches
                    )
                    key = found.judge, found.plugin
                    known = self._sums.get(key)
                    self._sums[key] = found if known is None else together([known, found])

    def total(self) -> Iterator[JudgeEstimate]:
        """The sums, by judge and plugin."""
        yield from (self._sums[key] for key in sorted(self._sums))

    def _by_prompt(
        self, info: PluginInfo, plugin: JudgePlugin, traces: Sequence[Trace]
    ) -> dict[str, list[Trace]]:
        """The traces that a plugin serves, as it is shown them, by the prompt it would use."""
        found: dict[str, list[Trace]] = {}
        for trace in traces:
            name = plugin.prompt_name(self._judging.book, trace.domain, self._own(info))
            if name is not None and info.serves(trace.domain):
                found.setdefault(name, []).append(visible(trace, info.sees))
        return found

    def _own(self, info: PluginInfo) -> Mapping[str, object]:
        return self._settings.plugin.get(info.name, {})
