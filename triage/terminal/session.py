"""A sitting at the terminal: step after step, one key each, until nothing waits."""

import time
from collections import Counter
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Engine

from triage.configuration.settings import Settings
from triage.queue.answers import Answered, LostError, TakenError
from triage.queue.desk import lay_down, pass_on, take_answer, take_back, take_up
from triage.queue.laying import take_next
from triage.queue.offering import Offered
from triage.queue.verdicts.admitting import RefusedError
from triage.records import Label, Mode
from triage.store.database import writing
from triage.terminal.keys import Keys
from triage.terminal.screen import KEYS, Screen


class _Given(NamedTuple):
    """An answer by its id, or a skip (without a label) by the step's token."""

    label: Label | None
    name: str


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
        self._given: list[_Given] = []
        self.answered: Counter[Label] = Counter()

    def hold(self) -> None:
        """Show steps and take answers until the expert stops or nothing waits."""
        taken = self._next()
        while taken is not None:
            going_on = self._one(taken)
            if going_on is None:
                with writing(self._engine) as connection:
                    lay_down(connection, self._expert, taken.token)
                return
            taken = going_on if isinstance(going_on, Offered) else self._next()
        self._screen.say(f"Nothing waits for {self._expert}.")

    def _next(self) -> Offered | None:
        return take_next(self._engine, self._settings, self._expert)

    def _one(self, taken: Offered) -> Offered | bool | None:
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
        self, taken: Offered, label: Label, *, inherits: bool, note: str | None, seconds: float
    ) -> bool:
        identity = uuid4().hex
        said = Answered(
            identity, taken.token, label, inherits or None, Mode.BLIND, seconds, note, None
        )
        try:
            with writing(self._engine) as connection:
                done = take_answer(connection, self._settings, self._expert, said)
        except (RefusedError, LostError) as why:
            self._screen.say(f"not taken: {why}")
            self._keys.line("Enter to go on ")
            return True
        self._given.append(_Given(label, identity))
        self.answered[label] += 1
        self._tell(done.notice)
        return True

    def _skip(self, taken: Offered, reason: str) -> bool:
        with writing(self._engine) as connection:
            notice = pass_on(connection, self._settings, self._expert, taken.token, reason)
        self._given.append(_Given(None, taken.token))
        self._tell(notice)
        return True

    def _tell(self, notice: str | None) -> None:
        if notice:
            self._screen.say(notice)
            self._keys.line("Enter to go on ")

    def _undo(self, taken: Offered) -> Offered | None:
        """Take the last answer or skip back and lay its step before the expert again."""
        if not self._given:
            return None
        last = self._given.pop()
        try:
            with writing(self._engine) as connection:
                if last.label is None:
                    again = take_up(connection, self._expert, last.name)
                else:
                    again = take_back(connection, self._settings, self._expert, last.name)
                if again is not None:
                    lay_down(connection, self._expert, taken.token)
        except (LostError, TakenError) as why:
            self._tell(f"not taken back: {why}")
            return None
        if last.label is not None:
            self.answered[last.label] -= 1
        if again is None:
            self._tell("taken back; the step lies before a colleague now")
        return again
