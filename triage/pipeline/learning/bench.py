"""What a plugin is worth on labelled traces: the same traces decided with it and without it."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from triage.configuration.settings import Settings
from triage.errors import InputError, UsageError
from triage.evaluate.evaluation import Evaluation
from triage.evaluate.worth import Worth, WorthTally
from triage.ingest import Ingested, Reject, read_traces
from triage.pipeline.deciding import Considered
from triage.pipeline.sources import workers_for
from triage.pipeline.stages import ingest_options, process
from triage.store.database import open_store

_TIMED_TRACES: Final = 200


def bench(
    settings: Settings,
    name: str,
    inputs: Sequence[str],
    *,
    db: str | None = None,
    limit: int | None = None,
    rejected: Callable[[Reject], None] = lambda _reject: None,
) -> Worth:
    """Measure a plugin against human labels, and triage with it and without it.

    Args:
        settings: All settings; a panel that is configured is asked.
        name: The plugin.
        inputs: Labelled traces.
        db: A store whose answers are used and kept; none is kept without it.
        limit: Most traces to take.
        rejected: Told of every row that can't be used.

    Raises:
        UsageError: No such plugin is loaded.
        InputError: No usable input.
    """
    per_step = asyncio.run(_timed(settings, name, inputs, limit))
    tally, whole, without = WorthTally(name), Evaluation(), Evaluation()
    blocked = (*settings.plugins.blocked, name)
    less = settings.model_copy(
        update={"plugins": settings.plugins.model_copy(update={"blocked": blocked})}
    )
    with tempfile.TemporaryDirectory(prefix="triage-bench-") as folder:
        url = db or f"sqlite:///{folder}/store.db"
        for one in _considered(url, settings, inputs, limit, rejected):
            tally.add(one.trace, one.findings)
            whole.add(one.trace, one.findings, one.steps)
        for one in _considered(url, less, inputs, limit, lambda _reject: None):
            without.add(one.trace, one.findings, one.steps)
    if not whole.result().traces:
        raise InputError("no labelled trace could be read")
    return tally.result(whole, without, per_step)


def _considered(
    url: str,
    settings: Settings,
    inputs: Sequence[str],
    limit: int | None,
    rejected: Callable[[Reject], None],
) -> Iterator[Considered]:
    engine = open_store(url)
    try:
        with process(engine, settings, inputs, rejected=rejected, limit=limit) as processed:
            yield from processed.considered
    finally:
        engine.dispose()


async def _timed(
    settings: Settings, name: str, inputs: Sequence[str], limit: int | None
) -> float | None:
    """Milliseconds a step in one worker process; None for a plugin that waits on a network.

    Raises:
        UsageError: No such plugin is loaded.
    """
    one_worker = settings.model_copy(
        update={"plugins": settings.plugins.model_copy(update={"workers": 1})}
    )
    with workers_for(one_worker) as workers:
        described = await workers.describe()
        if name not in described.infos:
            why = described.broken.get(name, f"there are: {', '.join(described.infos)}")
            raise UsageError(f"no plugin {name!r} is loaded: {why}")
        if name in described.silent:
            raise UsageError(f"the plugin {name!r} judges no steps: there is nothing to measure")
        if name in described.in_event_loop:
            return None
        steps, seconds, seen = 0, 0.0, 0
        most = min(limit or _TIMED_TRACES, _TIMED_TRACES)
        for item in read_traces(inputs, ingest_options(settings)):
            if not isinstance(item, Ingested) or not described.infos[name].serves(
                item.trace.domain
            ):
                continue
            body = item.trace.model_dump_json(exclude_defaults=True).encode()
            if not seen:  # what a plugin loads at its first step is no time of a step
                await workers.judge(body, len(item.trace.steps), [name])
            began = time.perf_counter()
            await workers.judge(body, len(item.trace.steps), [name])
            seconds += time.perf_counter() - began
            steps += len(item.trace.steps)
            seen += 1
            if seen == most:
                break
    return seconds * 1000 / steps if steps else None
