"""Says which sources were behind the errors that audits found."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from triage.certification.auditing import Stream
from triage.configuration.settings import Settings
from triage.propose.outside import outside_findings
from triage.records import Label, Promised, Proposal, Validity
from triage.store.run.findings import latest_findings, merge
from triage.store.run.traces import stored_at


class Wrong(NamedTuple):
    """An accepted step that audits found wrong, and what each source had said of it."""

    trace_id: str
    step: int
    accepted: str
    true: Label
    said: Mapping[str, str]


class Blame(NamedTuple):
    """A source's part in the errors: how often it backed them, knew better, or was silent."""

    source: str
    backed: int
    knew: int
    silent: int


def wrong_steps(connection: Connection, settings: Settings, stream: Stream) -> list[Wrong]:
    """The errors that audits found since the rise began, with what sources had said."""
    since = [audit for audit in stream.audits[stream.state.since - 1 :] if audit.blind.wrong]
    keys = sorted({audit.member.trace for audit in since})
    inside = latest_findings(connection, keys, settings.plugins.blocked)
    traces = {one.key: one.trace() for one in stored_at(connection, keys)}
    found = []
    for audit in since:
        member, trace = audit.member, traces.get(audit.member.trace)
        if trace is None or audit.blind.label is None:
            continue
        said = merge([inside[member.trace], outside_findings(trace)])
        words = {p.source: _word(p) for p in said.proposals if p.step == member.step and _word(p)}
        label_promised = stream.batch.promised is Promised.LABEL and member.label
        accepted = member.label if label_promised and member.label else member.validity
        found.append(Wrong(trace.id, member.step, accepted.value, audit.blind.label, words))
    return found


def blame(wrong: Sequence[Wrong]) -> list[Blame]:
    """Each source's part in the errors, the most to blame first."""
    sources = sorted({source for one in wrong for source in one.said})
    found = []
    for source in sources:
        said = [(one, one.said.get(source)) for one in wrong]
        spoke = [(one, word) for one, word in said if word is not None]
        knew = sum(_agrees(word, one.true) for one, word in spoke)
        backed = sum(_backs(word, one.accepted) for one, word in spoke)
        found.append(Blame(source, backed, knew, len(wrong) - len(spoke)))
    return sorted(found, key=lambda one: (-one.backed, one.source))


def _word(proposal: Proposal) -> str:
    judged = proposal.label or proposal.validity
    return judged.value if judged else ""


def _agrees(word: str, true: Label) -> bool:
    return word in (true.value, true.validity.value)


def _backs(word: str, accepted: str) -> bool:
    if word == accepted:
        return True
    validities = set(Validity)
    return _validity(word) == _validity(accepted) and (word in validities or accepted in validities)


def _validity(word: str) -> str:
    return word if word in set(Validity) else Label(word).validity.value
