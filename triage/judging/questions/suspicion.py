"""Text in a trace that seems to speak to the judge instead of to the problem.

A suspicion never changes a label: it sends the step to a person, and with it every step whose
judge had the text before its eyes.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from triage.judging.questions.disguise import views
from triage.records import Caution, Passage, Trace

_LAST_LATIN: Final = "\u024f"
_WORD: Final = re.compile("[a-z_]+")


class _Group(NamedTuple):
    code: str
    needs: tuple[frozenset[str], ...]
    signs: tuple[str, ...]
    beyond_latin: bool
    rules: tuple[re.Pattern[str], ...]

    def may_match(self, lower: str, words: set[str]) -> bool:
        if any(map(words.isdisjoint, self.needs)):
            return False
        if not self.signs or any(map(lower.__contains__, self.signs)):
            return True
        return self.beyond_latin and not lower.isascii() and max(lower) > _LAST_LATIN


@cache
def _groups() -> tuple[_Group, ...]:
    table = tomllib.loads(files(__package__).joinpath("suspicion.toml").read_text("utf-8"))

    def compiled(pattern: str) -> re.Pattern[str]:
        for name, words in table["words"].items():
            pattern = pattern.replace(f"%{name}%", words)
        return re.compile(pattern, re.IGNORECASE)

    return tuple(
        _Group(
            group["code"],
            tuple(frozenset(line.split()) for line in group.get("needs", ())),
            tuple(group.get("signs", ())),
            group.get("beyond_latin", False),
            tuple(compiled(pattern) for pattern in group["patterns"]),
        )
        for group in table["groups"]
    )


@lru_cache(maxsize=8_192)
def suspicion(text: str) -> str | None:
    """Why a text is suspect, with the piece that shows it; None if it is not."""
    for how, view in views(text):
        if how == "unseen signs":
            return f"{how}: {view}"
        if (why := _first(view)) is not None:
            return f"{why[0]}{f' ({how})' if how else ''}: {why[1]}"
    return None


def _first(text: str) -> tuple[str, str] | None:
    """The first pattern's group that matches, and the piece that does."""
    lower = text.lower()
    words = set(_WORD.findall(lower))
    for group in _groups():
        if group.may_match(lower, words):
            for rule in group.rules:
                if (found := rule.search(text)) is not None:
                    return group.code, " ".join(found[0].split())[:120]
    return None


def suspicions(
    source: str,
    trace: Trace,
    step: int,
    memory: dict[str, Any],
    passages: Iterable[Passage] = (),
) -> Iterator[Caution]:
    """A caution for each suspect text that a judge of this step has before its eyes.

    Args:
        source: Who asks for the caution.
        trace: The trace as the judge may see it.
        step: The step that is judged.
        memory: Kept from step to step, so that the problem is read once.
        passages: What the step's judges were shown of other sources.
    """
    if "suspicion:problem" not in memory:
        whole = "\n".join((trace.problem, *(trace.options or ())))
        memory["suspicion:problem"] = suspicion(whole)
        memory["suspicion:steps"] = []
    known: list[str | None] = memory["suspicion:steps"]
    known += [suspicion(one.text) for one in trace.steps[len(known) :]]
    places = [("the problem", memory["suspicion:problem"])]
    places += [(f"step {one.index}", known[one.index]) for one in trace.steps]
    places += [(f"the passage {one.id}", suspicion(one.text)) for one in passages]
    for place, why in places:
        if why is not None:
            yield Caution(
                step=step, source=source, code="injection-suspected", detail=f"{place}: {why}"
            )
