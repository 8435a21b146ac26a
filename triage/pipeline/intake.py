"""First stage of a run: from input files into the store, with a reject for every bad row."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.ingest import Ingested, Item, Reject, Repeat
from triage.store.run.batch import Batch
from triage.store.run.traces import Incoming, Taken, admit

_CHUNK: Final = 500


class Intake(NamedTuple):
    """How many traces came in, and how many of those were there before."""

    traces: int
    known: int
    rejected: int


def take_in(
    connection: Connection,
    items: Iterable[Item],
    batch: Batch,
    *,
    revise: bool,
    rejected: Callable[[Reject], None],
    limit: int | None = None,
    progress: Callable[[int], None] = lambda _count: None,
) -> Intake:
    """Store the traces of an input and list them in the batch, in input order.

    Args:
        revise: Whether a known id with other content becomes a new revision.
        rejected: Told of every row that is refused.
        limit: Most traces to take.
        progress: Told how many traces have come in since the last time.
    """
    counts = dict.fromkeys(Taken, 0)
    refused = 0

    def usable() -> Iterator[Ingested]:
        nonlocal refused
        for item in items:
            if isinstance(item, Reject):
                refused += 1
                rejected(item)
            elif not isinstance(item, Repeat):
                yield item

    traces = islice(usable(), limit)
    while chunk := list(islice(traces, _CHUNK)):
        incoming = [
            Incoming(one.trace, one.content_hash, f"{one.file}:{one.line}") for one in chunk
        ]
        with connection.begin():
            admissions = admit(connection, incoming, revise=revise)
            batch.add(one.key for one in admissions if one.key is not None)
        for one, admission in zip(chunk, admissions, strict=True):
            counts[admission.taken] += 1
            if admission.key is None:
                rejected(_refusal(one, admission.taken))
        progress(len(chunk))
    kept = counts[Taken.NEW] + counts[Taken.KNOWN] + counts[Taken.REVISED]
    unwelcome = counts[Taken.REFUSED] + counts[Taken.FORGOTTEN]
    return Intake(kept, counts[Taken.KNOWN], refused + unwelcome)


def _refusal(item: Ingested, taken: Taken) -> Reject:
    why = "was told to forget this" if taken is Taken.FORGOTTEN else "has other content under this"
    return Reject(
        file=item.file,
        line=item.line,
        field="id",
        reason=f"the store {why} id: --revise makes it a new version",
        id=item.trace.id,
    )
