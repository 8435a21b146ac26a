"""Before plugins are asked: batches of what some judges will be asked about the traces of a run."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from sqlalchemy import Connection

from triage.errors import EvidenceError, MissingExtraError, RedactionError, UsageError
from triage.judging import Judge, Judging
from triage.judging.plugin import JudgePlugin
from triage.judging.questions.question import Question
from triage.pipeline.sources import Sources
from triage.propose.view import visible
from triage.providers.errors import ProviderError
from triage.records import Trace
from triage.store.run.batch import Batch
from triage.store.run.findings import missing


async def fill_batches(
    connection: Connection,
    batch: Batch,
    sources: Sources,
    judging: Judging,
    told: Callable[[str], None],
    *,
    wait: bool,
) -> int:
    """Have the batch judges of the panel answer what they will be asked about the traces.

    Args:
        told: Gets a line for every batch that is handed in or fetched, and for what went wrong.
        wait: Whether to wait until the batches have ended.

    Returns:
        How many questions are with providers.
    """

    async def fill(judge: Judge) -> int:
        try:
            found = await judging.fill_by_batch(
                judge,
                lambda: _questions(connection, batch, sources, judging, judge),
                wait=wait,
                told=told,
            )
        except (ProviderError, UsageError, MissingExtraError) as error:
            # a failure of each step that it leaves without an answer
            told(f"{judge.name}: {error}")
            return 0
        return len(found.pending)

    asked = (fill(judge) for judge in judging.panel if judge.batch)
    return sum(await asyncio.gather(*asked))


async def _questions(
    connection: Connection, batch: Batch, sources: Sources, judging: Judging, judge: Judge
) -> AsyncIterator[Sequence[Question]]:
    """What a judge will be asked about the traces of the batch, some of them at a time."""
    for chunk in batch.chunks():
        with connection.begin():
            todo = missing(connection, [one.key for one in chunk], sources.fingerprints)
        for stored in chunk:
            for name in sources.serving(stored.domain, todo[stored.key]):
                owner = sources.judges_by(name)
                if owner is not None:
                    yield await _asked_by(owner, sources, judging, judge, stored.trace())


async def _asked_by(
    owner: JudgePlugin, sources: Sources, judging: Judging, judge: Judge, trace: Trace
) -> list[Question]:
    settings = sources.settings.plugin.get(owner.info.name, {})
    prompt = owner.prompt_name(judging.book, trace.domain, settings)
    if prompt is None or judge not in judging.judges_of(owner.info, settings):
        return []
    shown = visible(trace, owner.info.sees)
    try:
        return await judging.all_questions(judge, owner.info, judging.book.get(prompt), shown)
    except (EvidenceError, RedactionError):
        return []  # nothing is sent of it; the plugin says so of each step when it is asked
