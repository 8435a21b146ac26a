"""The one place that knows the order: take in, ask plugins, decide."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from triage.configuration.settings import Settings
from triage.ingest import IngestOptions, Reject, parse_label_map, read_traces
from triage.pipeline.asking import Asked, ask_plugins
from triage.pipeline.deciding import Considered, decide_all
from triage.pipeline.intake import Intake, take_in
from triage.pipeline.sources import workers_for
from triage.runtime.cycles import collect_seldom
from triage.runtime.progress import stage
from triage.runtime.threads import share_often
from triage.store.database import connect_to_write
from triage.store.run.batch import Batch


class Processed(NamedTuple):
    """What came in, who was asked, and every trace with its decisions, in input order.

    `considered` decides as it is read: what is not read is not decided.
    """

    intake: Intake
    asked: Asked
    considered: Iterator[Considered]


@contextmanager
def process(
    engine: Engine,
    settings: Settings,
    inputs: Sequence[str],
    *,
    rejected: Callable[[Reject], None],
    limit: int | None = None,
    revise: bool = False,
    budget_usd: float | None = None,
    wait: bool = True,
) -> Iterator[Processed]:
    """Run the stages over input files; the store stays open until the context is left.

    Args:
        rejected: Told of every row that can't be used.
        limit: Most traces to take.
        revise: Whether a known id with other content becomes a new version.
        budget_usd: What the judges may cost, all runs on this store together.
        wait: Whether to wait for providers' batches.

    Raises:
        InputError: No usable input.
    """
    collect_seldom()
    share_often()
    with workers_for(settings) as workers, connect_to_write(engine) as connection:
        workers.warm_up()
        batch = Batch(connection)
        with stage("reading") as advance:
            intake = take_in(
                connection,
                read_traces(inputs, ingest_options(settings)),
                batch,
                revise=revise,
                rejected=rejected,
                limit=limit,
                progress=advance,
            )
        with stage("asking plugins", len(batch)) as advance:
            asked = ask_plugins(
                connection, batch, settings, workers, advance, budget_usd, wait=wait
            )
        yield Processed(intake, asked, _decided(connection, batch, settings))


def _decided(connection: Connection, batch: Batch, settings: Settings) -> Iterator[Considered]:
    with stage("deciding", len(batch)) as advance:
        for one in decide_all(connection, batch, settings):
            yield one
            advance(1)


def ingest_options(settings: Settings) -> IngestOptions:
    """How the settings want input to be read."""
    return IngestOptions(
        labels=parse_label_map(one for one in [settings.ingest.label_map] if one),
        granularity=settings.segment.default,
        granularities=settings.segment.domains,
    )
