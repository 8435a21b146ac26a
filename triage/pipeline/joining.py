"""Lets steps that arrive join a streaming certificate, if the same versions judged them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from sqlalchemy import Connection

from triage import __version__
from triage.configuration.settings import Settings
from triage.deciding.case import Case
from triage.pipeline.views.panels import panel_hash, versions
from triage.records import Action, Promised, StepDecision
from triage.store.certification.batches import (
    Batch,
    Member,
    State,
    add_members,
    find_batches,
    next_rank,
)
from triage.store.certification.standings import covers
from triage.store.run.findings import fingerprints_of

if TYPE_CHECKING:
    from triage.ranking import Model


class Arrived(NamedTuple):
    """A trace that was just decided, without any certificate."""

    key: int
    domain: str
    case: Case
    steps: Sequence[StepDecision]


def ranker_name(model: "Model | None") -> str:
    """What ranks the steps now: a fitted model by its hash, or the cold start of a version."""
    return model.version if model else f"cold start of triage {__version__}"


def open_streams(connection: Connection) -> list[Batch]:
    """The streaming certificates that hold, the latest first."""
    signed = find_batches(connection, State.SIGNED)
    return [one for one in reversed(signed) if "panels" in _bound(one.bindings)]


def join(
    connection: Connection,
    streams: Sequence[Batch],
    arrived: Sequence[Arrived],
    model: "Model | None",
    settings: Settings,
) -> set[int]:
    """Let clear steps join the first streaming certificate that covers them; gives their traces.

    A certificate covers a step if its score is within the threshold and everything that made
    its label is what the certificate was made for: the ranker, what counts as clear, and every
    source and plugin with its version, its prompt and its model.
    """
    usable = [
        one
        for one in streams
        if _bound(one.bindings)["ranker"] == ranker_name(model)
        and _bound(one.bindings)["clear_risk"] == repr(settings.route.clear_risk)
    ]
    if not usable or not arrived:
        return set()
    keys = [one.key for one in arrived]
    fingerprints = fingerprints_of(connection, keys, settings.plugins.blocked)
    joined: dict[int, list[Member]] = {}
    for one in arrived:
        said = versions(one.case.findings, fingerprints.get(one.key, {}))
        panel = panel_hash(one.domain, said)
        able = [batch for batch in usable if panel in _bound(batch.bindings)["panels"].split(",")]
        for step in one.steps:
            member = _member(one, step)
            for batch in able:
                if member is not None and _takes(batch, step, member):
                    joined.setdefault(batch.key, []).append(member)
                    break
    for batch_key, members in joined.items():
        after = next_rank(connection, batch_key)
        ranked = [one._replace(rank=after + at) for at, one in enumerate(members)]
        add_members(connection, batch_key, ranked)
    return {one.trace for members in joined.values() for one in members}


def _member(arrived: Arrived, step: StepDecision) -> Member | None:
    if step.action is not Action.HOLD or step.reasons or step.final or step.validity is None:
        return None
    return Member(
        batch=0,
        rank=0,
        trace=arrived.key,
        step=step.step,
        domain=arrived.domain,
        label=step.label,
        validity=step.validity,
        confidence=step.confidence,
        score=step.score,
        inherits_error=step.inherits_error,
        returned=False,
    )


def _takes(batch: Batch, step: StepDecision, member: Member) -> bool:
    bound = _bound(batch.bindings)
    named = batch.promised is Promised.VALIDITY or step.label is not None
    stratum = stratum_name(bound["strata"], member.domain, str(member.validity))
    return named and stratum == bound["stratum"] and covers(batch, member)


def stratum_name(strata: str, domain: str, validity: str) -> str:
    """The stratum of a step, by what makes a promise of its own."""
    return {"none": "batch", "domain": domain, "domain-validity": f"{domain}/{validity}"}[strata]


@lru_cache(maxsize=64)
def _bound(bindings: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(bindings)
    return found
