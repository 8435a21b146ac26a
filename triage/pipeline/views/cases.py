"""Lays out what is known of stored traces before any expert spoke."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.deciding.alternatives import alternative_of
from triage.deciding.case import Case
from triage.propose.outside import outside_findings
from triage.records import Findings, Trace
from triage.store.run.findings import latest_findings, merge
from triage.store.run.groups import siblings
from triage.store.run.models import latest_model
from triage.store.run.traces import Stored

if TYPE_CHECKING:
    from triage.ranking import Model


def model_in_use(connection: Connection) -> "Model | None":
    """What was last learnt from expert labels; None before that."""
    kept = latest_model(connection)
    return None if kept is None else _read(kept.body)


def cases_of(
    connection: Connection, stored: Sequence[Stored], settings: Settings
) -> Iterator[Case]:
    """What sources said of each trace, beside the other traces of its problem."""
    others = siblings(connection, [one.key for one in stored])
    everyone = {one.key: one for one in stored}
    everyone |= {one.key: one for crowd in others.values() for one in crowd}
    inside = latest_findings(connection, list(everyone), settings.plugins.blocked)
    known: dict[int, tuple[Trace, Findings]] = {}
    for key, one in everyone.items():
        trace = one.trace()
        known[key] = trace, merge([inside[key], outside_findings(trace)])
    compared = {
        key: alternative_of(*known[key])
        for key in {one.key for crowd in others.values() for one in crowd}
    }
    for one in stored:
        trace, findings = known[one.key]
        alternatives = tuple(compared[other.key] for other in others[one.key])
        yield Case.of(trace, findings, alternatives)


@lru_cache(maxsize=2)
def _read(body: bytes) -> "Model":
    from triage.ranking import Model  # with numpy a cost that only a warm start pays

    return Model.model_validate_json(body)
