"""What the machine says of steps, in the form in which platforms show it to people.

Platforms ask for thousands of steps in one request: stored JSON is read here without making records
of it, which takes a fifth of the time.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.records import Action, Label, Validity
from triage.store.run.decisions import latest_bodies
from triage.store.run.findings import latest_stored
from triage.store.run.traces import Stored

_EVIDENCE: Final = 1_500
"""Characters of evidence that are shown of a step."""
_TOLD: Final = frozenset({"refuted", "conflict", "soft"})


class Opinion(NamedTuple):
    """What the machine says of one step.

    Attributes:
        label: None where it has none.
        validity: Also there where it knows that a step is valid, but not whether it is needed.
        confidence: Probability that the proposed label (or validity) is right.
        evidence: Why, a sentence each: reasons for a person to look, then what sources found.
        drawn: Whether the step is in a blind sample, so that nothing of this may be shown.
        waits: Whether a person is to decide.
        priority: How soon a person should see it; higher is sooner.
    """

    label: Label | None
    validity: Validity | None
    confidence: float
    inherits_error: bool | None
    evidence: tuple[str, ...]
    drawn: bool
    waits: bool
    priority: float


class Told(NamedTuple):
    """A trace as platforms show it.

    Attributes:
        problem: With the answer options, one a line.
        opinions: One a step; empty where nothing is decided yet.
        decided_at: When the latest decisions were kept, in Unix seconds.
        fingerprints: In which configuration each plugin last spoke of the trace.
    """

    key: int
    id: str
    domain: str
    problem: str
    steps: tuple[str, ...]
    opinions: tuple[Opinion, ...]
    decided_at: float
    fingerprints: Mapping[str, str]
    metadata: Mapping[str, Any]


def tell(connection: Connection, stored: Sequence[Stored], settings: Settings) -> dict[str, Told]:
    """Read some traces with what the machine says of their steps, by trace id."""
    keys = [one.key for one in stored]
    decided = latest_bodies(connection, keys)
    said = latest_stored(connection, keys, settings.plugins.blocked)
    told: dict[str, Told] = {}
    for one in stored:
        trace = orjson.loads(one.body)
        body, at = decided.get(one.key, (b"[]", 0.0))
        steps = orjson.loads(body)
        found = said[one.key]
        evidence = _evidence(trace, [body for body, _fingerprint in found.values()])
        told[trace["id"]] = Told(
            one.key,
            trace["id"],
            one.domain,
            "\n".join([trace["problem"], *(trace.get("options") or ())]),
            tuple(step["text"] for step in trace["steps"]),
            tuple(_opinion(step, evidence.get(step["step"], ())) for step in steps),
            at,
            {plugin: fingerprint for plugin, (_body, fingerprint) in found.items()},
            trace.get("metadata") or {},
        )
    return told


def _opinion(step: Mapping[str, Any], evidence: Iterable[str]) -> Opinion:
    reasons = [f"{one['code']}: {one['detail']}" for one in step["reasons"]]
    confidence = step["confidence"]
    final = step.get("final")
    drawn = step["action"] == Action.AUDIT
    return Opinion(
        Label(step["label"]) if step["label"] else None,
        Validity(step["validity"]) if step["validity"] else None,
        round(1.0 - step["score"] if confidence is None else confidence, 4),
        step["inherits_error"],
        _cut([*reasons, *evidence]),
        drawn,
        drawn or (step["action"] == Action.ASK and final is None),
        step["priority"],
    )


def _evidence(trace: Mapping[str, Any], bodies: Iterable[bytes]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for body in bodies:
        for proposal in orjson.loads(body).get("proposals", ()):
            words = _words(proposal["source"], proposal.get("evidence", {}))
            if words:
                found.setdefault(proposal["step"], []).extend(words)
    for judgement in trace.get("proposals", ()):
        for step, why in enumerate(judgement.get("explanations") or ()):
            if why:
                found.setdefault(step, []).append(f"{judgement['source']}: {why}")
    return found


def _words(source: str, evidence: Mapping[str, Any]) -> list[str]:
    words = [
        _claim(source, claim) for claim in evidence.get("claims", ()) if claim["verdict"] in _TOLD
    ]
    if rationale := evidence.get("rationale"):
        words.append(f"{source}: {rationale}")
    return words


def _claim(source: str, claim: Mapping[str, Any]) -> str:
    expected = claim.get("expected")
    more = f", expected {expected}" if expected else ""
    return f"{source}: {claim.get('text') or claim['kind']} ({claim['verdict']}{more})"


def _cut(words: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    left = _EVIDENCE
    for word in words:
        if left <= 0:
            break
        kept.append(word if len(word) <= left else word[: left - 1] + "…")
        left -= len(word)
    return tuple(kept)
