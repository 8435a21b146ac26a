"""What the signed certificates of a store promise, for those who write their steps out."""

from sqlalchemy import Connection

from triage.certification.binding import share_promised
from triage.store.certification.batches import State, find_batches


def shares_promised(connection: Connection) -> dict[str, float]:
    """The largest share of wrong labels that each signed certificate promises, by its id."""
    return {
        batch.certificate_id: share_promised(batch.certificate)
        for batch in find_batches(connection, State.SIGNED, State.RETURNED)
        if batch.certificate_id and batch.certificate
    }
