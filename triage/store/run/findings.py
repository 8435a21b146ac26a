"""Keeps what plugins said: only ever added to, so that nothing is computed or bought twice."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from triage.records import Findings
from triage.store.ahead import Ask, read
from triage.store.run.traces import forgotten
from triage.store.tables.schema import findings


class Answered(NamedTuple):
    """What one plugin in one configuration said of a trace; `body` is the findings' JSON."""

    trace: int
    plugin: str
    fingerprint: str
    body: bytes
    failed: bool
    cost_usd: float


def keep_findings(connection: Connection, answers: Iterable[Answered]) -> None:
    """Add what plugins said, but not of traces forgotten since. Needs a transaction."""
    answers = list(answers)
    gone = forgotten(connection, {answer.trace for answer in answers})
    rows = [
        {
            "trace": answer.trace,
            "plugin": answer.plugin,
            "fingerprint": answer.fingerprint,
            "failed": answer.failed,
            "cost_usd": answer.cost_usd,
            "body": answer.body,
            "at": time.time(),
        }
        for answer in answers
        if answer.trace not in gone
    ]
    if rows:
        connection.execute(insert(findings), rows)


def missing(
    connection: Connection, keys: Sequence[int], fingerprints: Mapping[str, str]
) -> dict[int, list[str]]:
    """The plugins that have yet to answer for a trace in their present configuration.

    A plugin that failed on some step counts as missing, so that a run started again asks again.
    """
    query = (
        select(findings.c.trace, findings.c.plugin, findings.c.fingerprint, findings.c.failed)
        .where(findings.c.trace.in_(keys), findings.c.plugin.in_(list(fingerprints)))
        .order_by(findings.c.key)
    )
    done: dict[tuple[int, str], bool] = {}
    for row in connection.execute(query):
        same = row.fingerprint == fingerprints[row.plugin]
        done[row.trace, row.plugin] = same and not row.failed
    return {
        key: [plugin for plugin in fingerprints if not done.get((key, plugin), False)]
        for key in keys
    }


def latest_findings(
    connection: Connection, keys: Sequence[int], blocked: Iterable[str] = ()
) -> dict[int, Findings]:
    """What plugins last said of each trace, merged, less what blocked plugins said."""
    return {
        key: merge([Findings.model_validate_json(body) for body, _fingerprint in said.values()])
        for key, said in latest_stored(connection, keys, blocked).items()
    }


def latest_stored(
    connection: Connection, keys: Sequence[int], blocked: Iterable[str] = ()
) -> dict[int, dict[str, tuple[bytes, str]]]:
    """The same as it is stored, by plugin in order of name, with the fingerprint of each."""
    latest: dict[int, dict[str, tuple[bytes, str]]] = {key: {} for key in keys}
    for row in read(connection, asks_findings(keys, blocked)):
        latest[row.trace][row.plugin] = (row.body, row.fingerprint)
    return {key: dict(sorted(said.items())) for key, said in latest.items()}


def asks_findings(keys: Sequence[int], blocked: Iterable[str] = ()) -> Ask:
    """What `latest_findings` reads."""
    return Ask(_LATEST, {"keys": list(keys), "blocked": list(blocked)})


_LATEST: Final = (
    select(findings.c.trace, findings.c.plugin, findings.c.body, findings.c.fingerprint)
    .where(
        findings.c.trace.in_(bindparam("keys", expanding=True)),
        findings.c.body.is_not(None),
        findings.c.plugin.not_in(bindparam("blocked", expanding=True)),
    )
    .order_by(findings.c.key)
)


def fingerprints_of(
    connection: Connection, keys: Sequence[int], blocked: Iterable[str] = ()
) -> dict[int, dict[str, str]]:
    """For each trace the plugins that last spoke of it, with the configuration they spoke in."""
    query = (
        select(findings.c.trace, findings.c.plugin, findings.c.fingerprint)
        .where(findings.c.trace.in_(keys), findings.c.body.is_not(None))
        .where(findings.c.plugin.not_in(list(blocked)))
        .order_by(findings.c.key)
    )
    latest: dict[int, dict[str, str]] = {}
    for row in connection.execute(query):
        latest.setdefault(row.trace, {})[row.plugin] = row.fingerprint
    return latest


def merge(parts: Sequence[Findings]) -> Findings:
    """Put findings on one trace together, in the order given."""
    return Findings(
        proposals=tuple(one for part in parts for one in part.proposals),
        abstentions=tuple(one for part in parts for one in part.abstentions),
        failures=tuple(one for part in parts for one in part.failures),
        cautions=tuple(one for part in parts for one in part.cautions),
        answers=tuple(one for part in parts for one in part.answers),
    )
