"""The guideline of a domain: a Markdown file of the house, or the one that is shipped."""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from triage.errors import UsageError
from triage.records import Record
from triage.server.desk.text.rendering import render

_SUFFIX: Final = ".md"


class Section(Record):
    """A part of a guideline; `html` is safe to be put into a page."""

    title: str
    html: str


class Guideline(Record):
    """What experts of a domain have agreed to judge by.

    Attributes:
        opening: What stands before the first section, as safe HTML.
    """

    domain: str
    title: str
    opening: str
    sections: tuple[Section, ...]


def guideline(folder: str, domain: str) -> Guideline | None:
    """The guideline of a domain; None if there is none.

    Args:
        folder: The house's own guidelines; empty for those shipped alone.

    Raises:
        UsageError: The house's own folder or file can't be read.
    """
    text = _text(folder, domain)
    if text is None:
        return None
    title, opening, sections = f"Guideline: {domain}", "", []
    for level, heading, body in _parts(_flowing(text)):
        if level == 1:
            title, opening = heading, render(body)
        elif heading:
            sections.append(Section(title=heading, html=render(body)))
        elif body:
            opening = render(body)
    return Guideline(domain=domain, title=title, opening=opening, sections=tuple(sections))


def _text(folder: str, domain: str) -> str | None:
    if folder and not Path(folder).is_dir():
        raise UsageError(f"there is no folder {folder!r}: see the setting desk.guidelines")
    own: list[Traversable] = [Path(folder)] if folder else []
    for place in (*own, files(__package__).joinpath("guidelines")):
        # looked up among what is there: a domain's name is no path
        found = {one.name: one for one in place.iterdir()}.get(domain + _SUFFIX)
        if found is None:
            continue
        try:
            return found.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as why:
            raise UsageError(f"the guideline of {domain!r} can't be read: {why}") from why
    return None


_BEGINS: Final = re.compile(r"\s*(?:$|[-+*]\s|\d+[.)]\s|[|#]|```|~~~|\$\$|\\\[)")
"""How a line begins that does not go on with the one before."""
_ALONE: Final = re.compile(r"\s*(?:$|[|#])")
"""How a line begins with which the next does not go on."""


def _flowing(text: str) -> str:
    """The same with lines that were wrapped in the file as one: the page has another margin."""
    lines: list[str] = []
    fenced = flows = False
    for line in text.splitlines():
        fence = line.lstrip().startswith(("```", "~~~"))
        begins = _BEGINS.match(line) is not None
        if flows and not fenced and not begins:
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line)
        # two spaces or a backslash at its end ask for a line's end
        flows = not (fenced or fence or _ALONE.match(line) or line.endswith(("  ", "\\")))
        fenced ^= fence
    return "\n".join(lines)


def _parts(text: str) -> Iterator[tuple[int, str, str]]:
    """Level, heading and body of each part; 0 and no heading for what stands before the first."""
    level, heading, body = 0, "", list[str]()
    for line in text.splitlines():
        marks = len(line) - len(line.lstrip("#"))
        if marks in (1, 2) and line[marks : marks + 1] == " ":
            yield level, heading, "\n".join(body).strip()
            level, heading, body = marks, line[marks:].strip(), []
        else:
            body.append(line)
    yield level, heading, "\n".join(body).strip()
