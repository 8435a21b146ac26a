"""Tells, for the steps of traces, where they stand with the batches they belong to."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import Connection

from triage.records import Stage, Standing
from triage.store.certification.batches import Batch, Member, State, latest_members
from triage.store.people.experts import Expert, all_experts


def standings_of(connection: Connection, keys: Sequence[int]) -> dict[int, dict[int, Standing]]:
    """For each trace that has any, the standing of its steps in their latest batch."""
    latest = latest_members(connection, keys)
    experts = all_experts(connection) if latest else []
    return {
        trace: {member.step: standing(batch, member, experts) for batch, member in members}
        for trace, members in latest.items()
    }


def standing(batch: Batch, member: Member, experts: Sequence[Expert]) -> Standing:
    """Where a step stands with its batch, given everybody who may answer."""
    since = member.watched_at or batch.drawn_at
    stage = _stage(batch, member)
    return Standing(
        stage=stage,
        name=batch.name,
        promised=batch.promised,
        label=member.label,
        validity=member.validity,
        confidence=member.confidence,
        score=member.score,
        inherits_error=member.inherits_error,
        priority=member.priority,
        sampled=member.drawn > 0,
        second=member.second,
        returned=member.returned,
        since=datetime.fromisoformat(since) if since else None,
        experts=frozenset(one.name for one in experts if one.may_judge(member.domain)),
        note=batch.note if stage in (Stage.REFUSED, Stage.RETURNED) else "",
    )


def covers(batch: Batch, member: Member) -> bool:
    """Whether a signed batch's certificate covers a step: before the cut, or within a threshold."""
    if batch.certificate is None:
        return False
    accepted, threshold = _limits(batch.certificate)
    return member.rank < accepted if threshold is None else member.score <= threshold


def _stage(batch: Batch, member: Member) -> Stage:
    match batch.state:
        case State.PLANNED:
            return Stage.FROZEN
        case State.DRAWN | State.MISSED:
            return Stage.DRAWN if member.drawn else Stage.FROZEN
        case State.REFUSED:
            return Stage.REFUSED
        case State.RETURNED if covers(batch, member):
            return Stage.RETURNED
        case _ if not covers(batch, member):
            # what a streaming certificate does not accept waits for a batch certificate
            return Stage.FROZEN if _streams(batch) else Stage.BEYOND
        case _:
            return Stage.WATCHED if member.watched_at else Stage.ACCEPTED


def _streams(batch: Batch) -> bool:
    return batch.certificate is not None and _limits(batch.certificate)[1] is not None


@lru_cache(maxsize=256)
def _limits(certificate: str) -> tuple[int, float | None]:
    """How many of the safest steps are accepted, or up to which score steps to come are."""
    found = orjson.loads(certificate)
    return int(found.get("accepted", 0)), found.get("threshold")
