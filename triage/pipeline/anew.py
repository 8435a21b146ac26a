"""Runs the stages over traces that are in the store, or come one by one."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Engine

from triage.ingest import Item, Reject
from triage.pipeline.asking import ask_plugins, workers_for
from triage.pipeline.deciding import decide_all
from triage.pipeline.intake import take_in
from triage.settings import Settings
from triage.store.batch import Batch
from triage.store.database import connect_to_write


def process_known(
    engine: Engine,
    settings: Settings,
    items: Iterable[Item],
    identities: Sequence[str],
    *,
    rejected: Callable[[Reject], None],
    budget_usd: float | None = None,
) -> None:
    """Take traces in, ask whatever plugin has not answered, and decide; also on known traces.

    Args:
        identities: Ids of traces that are in the store.
        rejected: Told of every trace that can't be taken in.
        budget_usd: What the judges may cost, all runs on this store together.
    """
    with connect_to_write(engine) as connection, workers_for(settings) as workers:
        # the batch's table lives as long as its connection does: the next one makes its own
        connection.detach()
        workers.warm_up()
        batch = Batch(connection)
        take_in(connection, items, batch, revise=False, rejected=rejected)
        if identities:
            with connection.begin():
                batch.add_all(ids=identities)
        ask_plugins(connection, batch, settings, workers, budget_usd=budget_usd)
        for _one in decide_all(connection, batch, settings):
            pass
