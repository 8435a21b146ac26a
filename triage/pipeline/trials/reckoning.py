"""Adds up what judges would be asked about traces, before anything is spent."""

from collections.abc import Iterator, Mapping, Sequence

from triage.configuration.settings import Settings
from triage.judging import Judging
from triage.judging.estimate import estimate, together
from triage.judging.plugin import JudgePlugin
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
        implementations = (plugin.implementation for plugin in plugins.values())
        self._plugins = [one for one in implementations if isinstance(one, JudgePlugin)]
        self._sums: dict[tuple[str, str], JudgeEstimate] = {}

    async def add(self, traces: Sequence[Trace]) -> None:
        """Reckon some traces in.

        Raises:
            EvidenceError: A source of passages failed.
            RedactionError: The redactor failed.
        """
        for plugin in self._plugins:
            for prompt, shown in self._by_prompt(plugin, traces).items():
                file = self._judging.book.get(prompt)
                for judge in self._judging.judges_of(plugin.info, self._own(plugin)):
                    found = await estimate(
                        self._judging, judge, plugin.info, file, shown, batches=self._batches
                    )
                    key = found.judge, found.plugin
                    known = self._sums.get(key)
                    self._sums[key] = found if known is None else together([known, found])

    def total(self) -> Iterator[JudgeEstimate]:
        """The sums, by judge and plugin."""
        yield from (self._sums[key] for key in sorted(self._sums))

    def _by_prompt(self, plugin: JudgePlugin, traces: Sequence[Trace]) -> dict[str, list[Trace]]:
        """The traces that a plugin serves, as it is shown them, by the prompt it would use."""
        found: dict[str, list[Trace]] = {}
        for trace in traces:
            name = plugin.prompt_name(trace.domain, self._own(plugin))
            if name is not None and plugin.info.serves(trace.domain):
                found.setdefault(name, []).append(visible(trace, plugin.info.sees))
        return found

    def _own(self, plugin: JudgePlugin) -> Mapping[str, object]:
        return self._settings.plugin.get(plugin.info.name, {})
