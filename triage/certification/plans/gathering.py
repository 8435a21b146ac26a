"""Gathers the clear steps that a certificate could cover, by stratum."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.certification.binding import Item, word
from triage.configuration.settings import Settings
from triage.pipeline.joining import stratum_name
from triage.pipeline.views.panels import panel_hash, versions
from triage.propose.outside import outside_findings
from triage.records import (
    Action,
    Promised,
    ReasonCode,
    StepDecision,
    Trace,
)
from triage.store.certification.batches import OPEN, drawn_before, latest_members, traces_with
from triage.store.run.decisions import latest_decisions
from triage.store.run.findings import fingerprints_of, latest_findings, merge
from triage.store.run.traces import stored_at

_CHUNK: Final = 500


class Strata(StrEnum):
    """What makes a promise of its own."""

    NONE = "none"
    DOMAIN = "domain"
    DOMAIN_VALIDITY = "domain-validity"


class Candidate(NamedTuple):
    """A step that a certificate could cover; `returned` if a drift alarm sent it back once."""

    trace: int
    domain: str
    item: Item
    decided: StepDecision
    returned: bool


class Gathered(NamedTuple):
    """Candidates by stratum, who said what they rest on, and who judged together.

    Attributes:
        spent: Clear steps that are left out, by the batch that was drawn for them before: the same
            steps in an earlier revision of their traces. Another draw would be an attempt that
            nobody declared.
    """

    strata: dict[str, list[Candidate]]
    sources: dict[str, list[str]]
    panels: list[str]
    spent: dict[str, int]


def gather(
    connection: Connection, settings: Settings, promised: Promised, strata: Strata
) -> Gathered:
    """Find all clear, undecided steps that no open batch holds, and those that drift sent back."""
    keys = clear_traces(connection)
    found: dict[str, list[Candidate]] = {}
    sources: dict[str, set[str]] = {}
    panels: set[str] = set()
    spent: Counter[str] = Counter()
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        before = _drawn_for(connection, chunk)
        for one in _candidates(connection, chunk, promised):
            if batch := before.get((one.trace, one.decided.step)):
                spent[batch] += 1
                continue
            name = stratum_name(strata.value, one.domain, str(one.decided.validity))
            found.setdefault(name, []).append(one)
        for domain, said in _versions(connection, chunk, settings):
            panels.add(panel_hash(domain, said))
            for name, version in said:
                sources.setdefault(name, set()).add(version)
    known = {name: sorted(heard) for name, heard in sorted(sources.items())}
    return Gathered(found, known, sorted(panels), dict(spent))


def clear_traces(connection: Connection) -> list[int]:
    """The traces with steps that a certificate could cover."""
    held = traces_with(connection, Action.HOLD.value, None)
    back = traces_with(connection, Action.ASK.value, ReasonCode.DRIFT.value)
    return sorted({*held, *back})


def _drawn_for(connection: Connection, keys: Sequence[int]) -> dict[tuple[int, int], str]:
    """The steps that a batch without a certificate held in an earlier revision, with its id."""
    before = drawn_before(connection, keys)
    wanted = {*before, *(older for held in before.values() for older, _, _ in held)}
    known = {one.key: one.trace() for one in stored_at(connection, sorted(wanted))}
    return {
        (key, step): batch
        for key, held in before.items()
        for older, step, batch in held
        if older in known and _upto(known[key], step) == _upto(known[older], step)
    }


def _upto(trace: Trace, step: int) -> list[list[str]]:
    """What an expert reads to judge a step, but for blanks."""
    read = [trace.problem, *(one.text for one in trace.steps[: step + 1])]
    return [text.split() for text in read]


def _candidates(
    connection: Connection, keys: Sequence[int], promised: Promised
) -> Iterator[Candidate]:
    decided = latest_decisions(connection, keys)
    held = latest_members(connection, keys)
    for stored in stored_at(connection, keys):
        trace = stored.trace()
        taken = {member.step for batch, member in held.get(stored.key, ()) if batch.state in OPEN}
        for one in decided.get(stored.key, ()):
            said = word(promised, one.label, one.validity)
            if one.step in taken or one.final is not None or not said or not _is_clear(one):
                continue
            item = Item(trace.id, one.step, trace.steps[one.step].text, said, one.score)
            yield Candidate(stored.key, stored.domain, item, one, bool(one.reasons))


def _is_clear(one: StepDecision) -> bool:
    codes = {reason.code for reason in one.reasons}
    if one.action is Action.HOLD:
        return not codes
    return one.action is Action.ASK and codes == {ReasonCode.DRIFT}


def _versions(
    connection: Connection, keys: Sequence[int], settings: Settings
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    blocked = settings.plugins.blocked
    inside = latest_findings(connection, keys, blocked)
    asked = fingerprints_of(connection, keys, blocked)
    for stored in stored_at(connection, keys):
        said = merge([inside[stored.key], outside_findings(stored.trace())])
        yield stored.domain, list(versions(said, asked.get(stored.key, {})))
