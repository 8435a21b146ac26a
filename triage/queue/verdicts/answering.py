"""Takes experts' answers into the log, and decides their traces anew."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from triage.certification.auditing import look_after
from triage.certification.samples.labelling import Heard, advance
from triage.configuration.settings import Settings
from triage.deciding.decide import settle
from triage.pipeline.deciding import consider
from triage.queue.verdicts.admitting import Door, RefusedError, in_time, refuse_resolved
from triage.records import Final, Trace, Verdict
from triage.store.certification.samples import sampled_in
from triage.store.database import writing
from triage.store.labelling.offers import end_offer
from triage.store.labelling.queue import Place, release
from triage.store.labelling.verdicts import (
    Answer,
    answer_id,
    append_verdicts,
    find_answer,
    same_answer,
    standing_under,
    verdicts_on,
    withdraw_verdict,
)
from triage.store.people.experts import Expert
from triage.store.run.traces import Stored, find_traces, lock_traces


class Given(NamedTuple):
    """What became of an answer.

    Attributes:
        new: Whether it came in just now; the same answer id a second time changes nothing.
        final: The step's settled label; None while experts differ.
    """

    answer_id: str
    new: bool
    final: Final | None


class _Held(NamedTuple):
    """A trace that nobody else decides on until the transaction ends."""

    stored: Stored
    trace: Trace
    said: list[Verdict]


class Desk:
    """Takes answers within one transaction; the traces they touch are decided anew at its end.

    Args:
        connection: In a writing transaction.
    """

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._held: dict[str, _Held] = {}
        self._sampled: set[int] = set()
        self._fresh: dict[str, Answer] = {}
        self._heard: list[Heard] = []
        self._tokens: dict[str, str] = {}
        self._door = Door(connection, settings)

    def hold(self, identities: Iterable[str]) -> None:
        """Hold some traces to the transaction's end; those that are not there are left out.

        Whoever needs several says so at once: two who wait for each other would wait for ever.
        """
        wanted = set(identities) - self._held.keys()
        found = {name: one for name, one in find_traces(self._connection, wanted).items() if one}
        keys = [one.key for one in found.values()]
        if not keys:
            return
        self._sampled |= sampled_in(self._connection, keys)
        lock_traces(self._connection, keys)
        said = verdicts_on(self._connection, keys)
        for name, stored in found.items():
            self._held[name] = _Held(stored, stored.trace(), said[stored.key])

    def take(
        self,
        verdict: Verdict,
        identity: str | None = None,
        *,
        laid: Expert | None = None,
        token: str | None = None,
    ) -> Given:
        """Add an answer to those that the log gets with `decide`.

        Args:
            identity: The answer's own id; made from the answer if None.
            laid: The expert, by one who has seen that the step lies there and the id is new.
            token: The offer that the answer ends.

        Raises:
            RefusedError: The step does not exist, or the person may not answer it.
        """
        stored, trace, said = self._on(verdict.trace_id)
        text = self._step(trace, verdict.step)
        own = identity or answer_id(verdict)
        before = [one for one in said if one.step == verdict.step]
        self._door.admit(verdict, trace.domain, laid)
        if laid is None:
            known = self._known(own)
            if known is not None:
                if not same_answer(known, verdict):
                    raise RefusedError("answer_id", f"{own!r} belongs to another answer")
                return Given(own, new=False, final=settle(before) if before else None)
        refuse_resolved(before, verdict)
        self._fresh[own] = Answer(stored.key, text, own, in_time(verdict))
        if token is not None:
            self._tokens[own] = token
        self._heard.append(Heard(stored.key, verdict, before))
        said.append(verdict)
        return Given(own, new=True, final=settle([*before, verdict]))

    def decide(self) -> None:
        """Store what was taken since the last time, and decide its traces anew."""
        if not self._fresh:
            return
        touched = {one.verdict.trace_id: one.identity for one in self._fresh.values()}
        for name, identity in touched.items():
            stored, _trace, said = self._held[name]
            consider(
                self._connection, [stored], self._settings,
                cause=f"answer {identity}", said={stored.key: said},
            )  # fmt: skip
        for one in self._fresh.values():
            release(self._connection, Place(one.trace, one.verdict.step))
            if token := self._tokens.get(one.identity):
                end_offer(self._connection, token, one.identity)
        # last of all: from here on nobody else can add to the log
        append_verdicts(self._connection, self._fresh.values())
        self._fresh.clear()
        self._follow_up(self._heard)
        self._heard = []

    def answers(self, prefix: str) -> list[tuple[str, Verdict]]:
        """The standing answers whose ids begin in this way, newest first."""
        taken = [
            (name, one.verdict) for name, one in self._fresh.items() if name.startswith(prefix)
        ]
        return taken[::-1] + standing_under(self._connection, prefix)

    def text_of(self, trace_id: str, step: int) -> str:
        """The text of a step.

        Raises:
            RefusedError: There is no such trace or step.
        """
        return self._step(self._on(trace_id).trace, step)

    def said(self, trace_id: str, step: int) -> list[Verdict]:
        """What stands on a step.

        Raises:
            RefusedError: There is no such trace.
        """
        return [one for one in self._on(trace_id).said if one.step == step]

    def is_newest(self, trace_id: str, place: Place) -> bool:
        """Whether a place is in a trace's newest revision, and the trace is not forgotten."""
        held = self._held.get(trace_id)
        return held is not None and held.stored.key == place.trace

    def take_back(self, verdict: Verdict, identity: str) -> Place:
        """Withdraw an answer, so that its step is open again; what was taken is stored first."""
        self.decide()
        stored = self._on(verdict.trace_id).stored
        withdraw_verdict(self._connection, identity, verdict.at)
        consider(self._connection, [stored], self._settings, cause=f"withdrawn {identity}")
        del self._held[verdict.trace_id]
        self._follow_up(None)
        return Place(stored.key, verdict.step)

    def _follow_up(self, heard: Sequence[Heard] | None) -> None:
        if self._sampled:
            advance(self._connection, self._settings, self._sampled, heard)
            look_after(self._connection, self._settings, self._sampled)

    def _on(self, identity: str) -> _Held:
        if identity not in self._held:
            self.hold([identity])
        if identity not in self._held:
            gone = identity in find_traces(self._connection, [identity])
            what = "was forgotten" if gone else "is not in the store"
            raise RefusedError("trace_id", f"trace {identity!r} {what}")
        return self._held[identity]

    def _step(self, trace: Trace, step: int) -> str:
        if step >= len(trace.steps):
            last = len(trace.steps) - 1
            raise RefusedError("step", f"{trace.id!r} has steps 0 to {last}, not {step}")
        return trace.steps[step].text

    def _known(self, identity: str) -> Verdict | None:
        if identity in self._fresh:
            return self._fresh[identity].verdict
        known = find_answer(self._connection, identity)
        return None if known is None else known.verdict


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


def resolve(engine: Engine, settings: Settings, verdict: Verdict) -> Given:
    """Take an adjudicator's resolution of a split between experts, for good.

    Raises:
        RefusedError: Experts don't differ on the step, or the adjudicator is one of them.
    """
    with writing(engine) as connection:
        return resolve_within(Desk(connection, settings), verdict, None)


def resolve_within(desk: Desk, verdict: Verdict, identity: str | None) -> Given:
    """The same within a writing transaction.

    Args:
        identity: The resolution's own id; made from the verdict if None.
    """
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
