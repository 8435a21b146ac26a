"""Follows the labelling of a drawn sample, and asks for the second labels that are due."""

from collections.abc import Container, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection

from triage.certification.samples.drawing import plan_of
from triage.certification.samples.sample import Sample, judge_sample
from triage.configuration.settings import Settings
from triage.deciding.blind import counting
from triage.pipeline.deciding import reconsider
from triage.records import Verdict
from triage.store.certification.batches import Batch, Member, State, find_batches, mark
from triage.store.certification.samples import drawn_of, unlabelled
from triage.store.certification.standings import standing, standings_of
from triage.store.labelling.verdicts import verdicts_on
from triage.store.people.experts import all_experts

_CHUNK: Final = 500


class Labelling(NamedTuple):
    """The steps of a batch's latest draw, and how far their labelling is; both by rank."""

    batch: Batch
    members: Mapping[int, Member]
    sample: Sample

    @property
    def unfinished(self) -> list[int]:
        """The traces with a drawn step that lacks a label."""
        lacking = (rank for rank, one in self.sample.items() if one.blind.lacks)
        return sorted({self.members[rank].trace for rank in lacking})


def labelling_of(connection: Connection, batch: Batch) -> Labelling:
    """Read how far the labelling of a drawn batch is."""
    plan = plan_of(batch)
    members = {one.rank: one for one in drawn_of(connection, batch.key, plan.attempt)}
    experts = all_experts(connection)
    said = said_on(connection, sorted({one.trace for one in members.values()}))
    standings = {
        rank: standing(batch, one._replace(second=False), experts) for rank, one in members.items()
    }
    verdicts = {rank: said.get((one.trace, one.step), []) for rank, one in members.items()}
    sample = judge_sample(standings, verdicts, plan, batch.seed or 0, batch.second_share)
    return Labelling(batch, members, sample)


class Heard(NamedTuple):
    """A verdict that just came, with those that stood on its step before."""

    trace: int
    verdict: Verdict
    before: Sequence[Verdict]


def advance(
    connection: Connection,
    settings: Settings,
    touched: Container[int],
    heard: Sequence[Heard] | None = None,
) -> None:
    """After verdicts on steps of batches: ask for the second labels that are due.

    Needs a transaction that holds the batches.

    Args:
        heard: All that has changed since the last time; None if something was taken back.
    """
    # the draw of second labels rests on first ones alone, and goes through the whole sample
    if heard is not None and not _has_first(connection, heard):
        return
    for batch in find_batches(connection, State.DRAWN):
        # which steps need a second label is known when all have a first
        if batch.key in touched and not unlabelled(connection, batch.key, plan_of(batch).attempt):
            _ask_again(connection, settings, labelling_of(connection, batch))


def _has_first(connection: Connection, heard: Sequence[Heard]) -> bool:
    """Whether some verdict may be the first blind label of its step."""
    standings = standings_of(connection, sorted({one.trace for one in heard}))
    for one in heard:
        place = standings.get(one.trace, {}).get(one.verdict.step)
        said = [] if place is None else counting(place, one.before)
        if place is not None and (not said or said[0].expert == one.verdict.expert):
            return True
    return False


def said_on(connection: Connection, keys: Sequence[int]) -> dict[tuple[int, int], list[Verdict]]:
    """All standing verdicts by trace and step, in the order of the log."""
    found: dict[tuple[int, int], list[Verdict]] = {}
    for start in range(0, len(keys), _CHUNK):
        for key, verdicts in verdicts_on(connection, keys[start : start + _CHUNK]).items():
            for verdict in verdicts:
                found.setdefault((key, verdict.step), []).append(verdict)
    return found


def _ask_again(connection: Connection, settings: Settings, found: Labelling) -> None:
    changed = {
        rank: one.standing.second
        for rank, one in found.sample.items()
        if one.standing.second != found.members[rank].second
    }
    for value in (True, False):
        ranks = [rank for rank, second in changed.items() if second is value]
        mark(connection, found.batch.key, ranks, second=value)
    keys = sorted({found.members[rank].trace for rank in changed})
    reconsider(connection, keys, settings, cause=f"second labels {found.batch.id}")
