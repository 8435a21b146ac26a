"""Paints one step on a terminal: what an expert needs, the step in a frame, the keys."""

import unicodedata
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from triage.queue.items import Item
from triage.records import LABELS, Label
from triage.store.labelling.queue import MANY
from triage.terminal.latex import readable

WIDTH: Final = 76

KEYS: Final = dict(zip("1234", LABELS, strict=True))
"""The key of each label."""

_MEANINGS: Final = {
    Label.NECESSARY: "follows, and moves towards the answer",
    Label.REDUNDANT: "true, but adds nothing to what is there",
    Label.INCORRECT: "does not follow, is false, or contradicts",
    Label.INCOMPLETE: "can't be judged, or jumps over an inference",
}
_HELP: Final = (
    "Judge the framed step on the problem and the earlier steps alone.",
    "i  the step is sound in itself but rests on an earlier wrong step (then a label)",
    "n  add a note to your answer",
    "s  skip the step, with a reason: it goes to others",
    "u  take back your last answer or skip",
    "q  stop; what you answered is stored",
)


def plain(text: str) -> str:
    """A trace's text as it may go to a terminal: no control characters, readable formulas."""
    return "".join(_visible(char) for char in readable(text))


class Screen:
    """Shows steps and lines of text; text of traces is never read as markup."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False)
        self._width = min(WIDTH, self._console.width)

    def step(self, item: Item, *, inherits: bool, note: str | None) -> None:
        """Clear the terminal and paint a step, its answers last so that they are in view."""
        self._console.clear()
        left = f"{item.left:,}{'+' if item.left >= MANY else ''} left"
        place = f"{plain(item.domain)} · step {item.step + 1} of {item.steps} · {left}"
        parts: list[RenderableType] = [Text(place, style="dim"), Text(plain(item.problem))]
        for number, option in enumerate(item.options or ()):
            parts.append(Text(f"  {_letter(number)}) {plain(option)}"))
        if item.earlier:
            parts.append(Text(""))
        for number, text in enumerate(item.earlier, start=1):
            parts.append(Padding(Text(f"{number}. {plain(text)}", style="dim"), (0, 0, 0, 2)))
        parts.append(Panel(Text(plain(item.text), style="bold"), title=f"step {item.step + 1}"))
        parts += [Text.assemble((key, "bold"), f"  {label.shown:<22}", (_MEANINGS[label], "dim"))
                  for key, label in KEYS.items()]  # fmt: skip
        flags = [f"note: {plain(note)}"] if note else []
        if inherits:
            flags.insert(0, "rests on an earlier wrong step")
        if flags:
            parts.append(Text(" · ".join(flags), style="reverse"))
        parts.append(Text("i inherits error  n note  s skip  u undo  q quit  ? help", style="dim"))
        self._console.print(Group(*parts), width=self._width)

    def help(self) -> None:
        """Explain the keys, below the step."""
        self.say(*_HELP)

    def say(self, *lines: str) -> None:
        """Write lines below what is there."""
        for line in lines:
            self._console.print(Text(line), width=self._width)


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def _visible(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
        return char
    if char == "\r":
        return ""
    # joiners belong to scripts and emoji; whatever steers a terminal or turns text is shown
    return char if char in "\u200c\u200d" else "\N{REPLACEMENT CHARACTER}"
