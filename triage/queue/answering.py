"""Takes experts' answers into the log, and decides their traces anew."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from triage.certification.auditing import look_after
from triage.certification.labelling import advance
from triage.decide import settle
from triage.errors import UsageError
from triage.pipeline.deciding import consider
from triage.queue.admission import closed_to, standings_of
from triage.queue.items import known_expert
from triage.queue.standing_words import why_closed
from triage.records import DecidedBy, Final, Trace, Verdict
from triage.settings import Settings
from triage.store.database import writing
from triage.store.queue import Place, release
from triage.store.traces import Stored, find_traces
from triage.store.verdicts import (
    Answer,
    answer_id,
    append_verdict,
    is_known,
    standing_under,
    verdicts_on,
    withdraw_verdict,
)


class RefusedError(UsageError):
    """An answer that can't be taken; `field` is the part of it that is to blame."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Given(NamedTuple):
    """What became of an answer.

    Attributes:
        new: Whether it came in just now; the same answer id a second time changes nothing.
        final: The step's settled label; None while experts differ.
    """

    answer_id: str
    new: bool
    final: Final | None


class Desk:
    """Takes answers within one transaction; the traces they touch are decided anew at its end.

    Args:
        connection: In a writing transaction.
    """

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._known: dict[str, tuple[Stored, Trace]] = {}
        self._touched: dict[str, int] = {}
        self._closed: dict[str, tuple[str, ...]] = {}

    def take(self, verdict: Verdict, identity: str | None = None, *, laid: bool = False) -> Given:
        """Add an answer to the log.

        Args:
            identity: The answer's own id; made from the answer if None.
            laid: Whether the step was laid before the expert, who was admitted at that time.

        Raises:
            RefusedError: The step does not exist, or the person may not answer it.
        """
        stored, trace = self._trace(verdict.trace_id)
        text = self._step(trace, verdict.step)
        self._admit(verdict, trace.domain, laid=laid)
        own = identity or answer_id(verdict)
        before = self._said(stored, verdict.step)
        if not is_known(self._connection, own):
            self._refuse_resolved(before, verdict)
        appended = append_verdict(self._connection, Answer(stored.key, text, own, verdict))
        if appended is None:
            raise RefusedError("answer_id", f"{own!r} belongs to another answer")
        if not appended.new:
            return Given(own, new=False, final=settle(before) if before else None)
        release(self._connection, Place(stored.key, verdict.step))
        self._touched[trace.id] = appended.number
        return Given(own, new=True, final=settle([*before, verdict]))

    def decide(self) -> None:
        """Decide anew on the traces that were touched since the last time."""
        for identity, number in self._touched.items():
            stored, _trace = self._known[identity]
            consider(self._connection, [stored], self._settings, cause=f"verdict {number}")
        keys = [self._known[identity][0].key for identity in self._touched]
        self._follow_up(keys)
        self._touched.clear()

    def answers(self, prefix: str) -> list[tuple[str, Verdict]]:
        """The standing answers whose ids begin in this way, newest first."""
        return standing_under(self._connection, prefix)

    def text_of(self, trace_id: str, step: int) -> str:
        """The text of a step.

        Raises:
            RefusedError: There is no such trace or step.
        """
        return self._step(self._trace(trace_id)[1], step)

    def said(self, trace_id: str, step: int) -> list[Verdict]:
        """What stands on a step.

        Raises:
            RefusedError: There is no such trace.
        """
        return self._said(self._trace(trace_id)[0], step)

    def take_back(self, verdict: Verdict, identity: str) -> Place:
        """Withdraw an answer, so that its step is open again."""
        stored, _trace = self._trace(verdict.trace_id)
        withdraw_verdict(self._connection, identity, verdict.at)
        consider(self._connection, [stored], self._settings, cause=f"withdrawn {identity}")
        self._follow_up([stored.key])
        return Place(stored.key, verdict.step)

    def _follow_up(self, keys: Sequence[int]) -> None:
        advance(self._connection, self._settings, keys)
        look_after(self._connection, self._settings, keys)

    def _step(self, trace: Trace, step: int) -> str:
        if step >= len(trace.steps):
            last = len(trace.steps) - 1
            raise RefusedError("step", f"{trace.id!r} has steps 0 to {last}, not {step}")
        return trace.steps[step].text

    def _trace(self, identity: str) -> tuple[Stored, Trace]:
        if identity not in self._known:
            found = find_traces(self._connection, [identity])
            stored = found.get(identity)
            if stored is None:
                what = "was forgotten" if identity in found else "is not in the store"
                raise RefusedError("trace_id", f"trace {identity!r} {what}")
            self._known[identity] = (stored, stored.trace())
        return self._known[identity]

    def _admit(self, verdict: Verdict, domain: str, *, laid: bool) -> None:
        try:
            expert = known_expert(self._connection, verdict.expert)
        except UsageError as why:
            raise RefusedError("expert", str(why)) from why
        if not expert.may_judge(domain):
            held = ", ".join(expert.credentials)
            raise RefusedError(
                "expert",
                f"{expert.name!r} has no credential for {domain!r}, only for {held}: triage "
                f"experts add {expert.name!r} with all credentials that are held",
            )
        if laid or verdict.by is DecidedBy.ADJUDICATOR:
            return
        if expert.name not in self._closed:
            self._closed[expert.name] = closed_to(self._connection, self._settings, expert)
        if domain in self._closed[expert.name]:
            now = standings_of(self._connection, self._settings, expert)
            (here,) = (one for one in now if one.domain == domain)
            raise RefusedError("expert", why_closed(here, expert.name))

    def _said(self, stored: Stored, step: int) -> list[Verdict]:
        everything = verdicts_on(self._connection, [stored.key])[stored.key]
        return [verdict for verdict in everything if verdict.step == step]

    def _refuse_resolved(self, before: Iterable[Verdict], verdict: Verdict) -> None:
        if any(one.by is DecidedBy.ADJUDICATOR for one in before):
            raise RefusedError(
                "step", f"step {verdict.step} of {verdict.trace_id!r} was resolved; that is final"
            )


def answer(
    engine: Engine, settings: Settings, verdict: Verdict, identity: str | None = None
) -> Given:
    """Take one expert's answer and decide its trace anew, or do neither.

    Raises:
        RefusedError: The step does not exist or is resolved, or the person may not answer it.
    """
    with writing(engine) as connection:
        desk = Desk(connection, settings)
        given = desk.take(verdict, identity)
        desk.decide()
    return given


def resolve(
    engine: Engine, settings: Settings, verdict: Verdict, identity: str | None = None
) -> Given:
    """Take an adjudicator's resolution of a split between experts, for good.

    Args:
        identity: The resolution's own id; made from the verdict if None.

    Raises:
        RefusedError: Experts don't differ on the step, or the adjudicator is one of them.
    """
    with writing(engine) as connection:
        return resolve_within(connection, settings, verdict, identity)


def resolve_within(
    connection: Connection, settings: Settings, verdict: Verdict, identity: str | None
) -> Given:
    """The same within a writing transaction."""
    desk = Desk(connection, settings)
    said = desk.said(verdict.trace_id, verdict.step)
    place = f"step {verdict.step} of {verdict.trace_id!r}"
    if not said or settle(said) is not None:
        raise RefusedError("step", f"experts do not differ on {place}: nothing to resolve")
    if any(one.expert == verdict.expert for one in said):
        raise RefusedError(
            "expert", f"{verdict.expert!r} is a party to the split on {place}: name another"
        )
    given = desk.take(verdict, identity)
    desk.decide()
    return given
