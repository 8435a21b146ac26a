"""A sitting at the terminal: step after step, one key each, until nothing waits."""

import time
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Engine

from triage.queue.answering import Desk, RefusedError, answer
from triage.queue.items import Taken, known_expert, show, take_next
from triage.records import Label, Mode, Verdict
from triage.settings import Settings
from triage.store.database import writing
from triage.store.queue import lease, release, skip
from triage.terminal.keys import Keys
from triage.terminal.screen import KEYS, Screen


class _Answered(NamedTuple):
    verdict: Verdict
    identity: str


class Sitting:
    """One expert's sitting; every answer is stored before the next step is shown."""

    def __init__(
        self, engine: Engine, settings: Settings, expert: str, screen: Screen, keys: Keys
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._expert = expert
        self._screen = screen
        self._keys = keys
        self._given: list[_Answered] = []
        self.answered: Counter[Label] = Counter()

    def hold(self) -> None:
        """Show steps and take answers until the expert stops or nothing waits."""
        taken = take_next(self._engine, self._expert)
        while taken is not None:
            going_on = self._one(taken)
            if going_on is None:
                with writing(self._engine) as connection:
                    release(connection, taken.place)
                return
            taken = going_on if isinstance(going_on, Taken) else self._next()
        self._screen.say(f"Nothing waits for {self._expert}.")

    def _next(self) -> Taken | None:
        return take_next(self._engine, self._expert)

    def _one(self, taken: Taken) -> Taken | bool | None:
        """Take keys on one step; gives the step to go back to, True to go on, None to stop."""
        inherits, note = False, None
        self._screen.step(taken.item, inherits=inherits, note=note)
        began = time.monotonic()
        while True:
            key = self._keys.fresh()
            if key in KEYS:
                seconds = round(time.monotonic() - began, 2)
                return self._answer(taken, KEYS[key], inherits=inherits, note=note, seconds=seconds)
            match key:
                case "" | "q" | "\x04":
                    return None
                case "i":
                    inherits = not inherits
                case "n":
                    note = self._keys.line("note: ") or note
                case "s" if reason := self._keys.line("why skip? (empty: don't) "):
                    return self._skip(taken, reason)
                case "u" if (before := self._undo(taken)) is not None:
                    return before
                case "?":
                    self._screen.help()
                    continue
                case "u" | "s":
                    pass
                case _:
                    continue
            self._screen.step(taken.item, inherits=inherits, note=note)

    def _answer(
        self, taken: Taken, label: Label, *, inherits: bool, note: str | None, seconds: float
    ) -> bool:
        verdict = Verdict(
            trace_id=taken.item.trace_id,
            step=taken.item.step,
            label=label,
            inherits_error=inherits or None,
            expert=self._expert,
            mode=Mode.BLIND,
            seconds=seconds,
            note=note,
            at=datetime.now(UTC),
        )
        try:
            given = answer(self._engine, self._settings, verdict, uuid4().hex)
        except RefusedError as why:
            self._screen.say(f"not taken: {why}")
            self._keys.line("Enter to go on ")
            return True
        self._given.append(_Answered(verdict, given.answer_id))
        self.answered[label] += 1
        return True

    def _skip(self, taken: Taken, reason: str) -> bool:
        with writing(self._engine) as connection:
            skip(connection, taken.place, self._expert, reason)
        return True

    def _undo(self, taken: Taken) -> Taken | None:
        """Take the last answer back and lay its step before the expert again."""
        if not self._given:
            return None
        last = self._given.pop()
        verdict = last.verdict.model_copy(update={"at": datetime.now(UTC)})
        with writing(self._engine) as connection:
            place = Desk(connection, self._settings).take_back(verdict, last.identity)
            release(connection, taken.place)
            lease(connection, place, self._expert)
            shown = show(connection, place, known_expert(connection, self._expert))
        self.answered[verdict.label] -= 1
        return shown
