"""What a job's judges would take, before anything is spent."""

from collections import defaultdict
from collections.abc import Iterator

from triage.judging import Judging
from triage.judging.estimate import Estimate, estimate
from triage.judging.plugin import JudgePlugin
from triage.pipeline.sources import Sources
from triage.propose.view import visible
from triage.records import Trace
from triage.records.job import JudgeEstimate
from triage.settings import Settings


class Reckoning:
    """Adds up what judges would be asked about traces."""

    def __init__(self, judging: Judging, sources: Sources, settings: Settings) -> None:
        self._judging = judging
        self._settings = settings
        self._plugins = [
            (plugin.info, owner)
            for plugin in sources.in_event_loop.values()
            if isinstance(owner := plugin.implementation, JudgePlugin)
        ]
        self._found: defaultdict[str, list[Estimate]] = defaultdict(list)

    async def add(self, trace: Trace) -> None:
        """Reckon one trace in.

        Raises:
            EvidenceError: A source of passages failed.
            RedactionError: The redactor failed.
        """
        for info, plugin in self._plugins:
            settings = self._settings.plugin.get(info.name, {})
            if not info.serves(trace.domain):
                continue
            name = plugin.prompt_name(trace.domain, settings)
            if name is None:
                continue
            prompt, shown = self._judging.book.get(name), visible(trace, info.sees)
            for judge in self._judging.judges_of(info, settings):
                found = await estimate(self._judging, judge, info, prompt, [shown])
                self._found[judge.name].append(found)

    def total(self) -> Iterator[JudgeEstimate]:
        """The sums, a judge at a time."""
        for name, parts in sorted(self._found.items()):
            priced = all(part.usd is not None for part in parts)
            yield JudgeEstimate(
                judge=name,
                calls=sum(part.calls for part in parts),
                stored=sum(part.stored for part in parts),
                input_tokens=sum(part.input_tokens for part in parts),
                output_tokens=sum(part.output_tokens for part in parts),
                usd=sum(part.usd or 0.0 for part in parts) if priced else None,
                worst_usd=sum(part.worst_usd or 0.0 for part in parts) if priced else None,
            )
