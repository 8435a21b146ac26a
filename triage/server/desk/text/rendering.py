"""Turns the text of a trace into HTML that can do nothing but be read.

A text is data: nothing in it runs, leaves the page, hides a part of itself or turns what stands
beside it. What can't be shown as meant is shown as written.
"""

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Final

from triage.server.desk.text.allowed import CLEANER
from triage.server.desk.text.formulas import Formula, find_formulas
from triage.server.desk.text.markdown import to_html
from triage.server.desk.text.marking import begin_marks, end_marks
from triage.server.desk.text.mathml import to_mathml

LONGEST: Final = 20_000
"""Characters of a text beyond which it is shown as written, without formulas or Markdown."""

MATHEMATICS: Final = 20_000
"""Characters of formulas in a text beyond which the others are shown as written."""

_LONG: Final = 2_000
"""Characters of a text up to which the HTML of many is kept: a problem comes with every step."""
_ONE: Final = Lock()
"""Long texts are rendered one at a time: however many come, the others' requests get their turn."""

_BROAD: Final = 40
"""Characters of a formula within a line beyond which it may need to scroll in itself."""

_FROM, _TO = "\ue000", "\ue001"
"""Stand around the number of a formula while Markdown is read."""
_PLACE: Final = re.compile(f"{_FROM}(\\d+){_TO}")
_ODD: Final = re.compile(
    # controls; marks that turn or isolate text; private characters; halves of characters; tags
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u202a-\u202e\u2066-\u2069\u2028\u2029"
    "\ue000-\uf8ff\ud800-\udfff\ufff0-\ufffb\U000e0000-\U0010ffff]"
)
_IMAGE: Final = re.compile(r"!\[([^\[\]\n]{0,300})\]\(([^()\s]{0,300})[^()\n]{0,100}\)")


def render(text: str) -> str:
    """The text as a piece of HTML, safe to be put into a page as it is.

    Args:
        text: Markdown with LaTeX, as models write it.
    """
    if len(text) <= _LONG:
        return _remembered(text)
    with _ONE:
        return _long(text)


def render_marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The same with some places marked.

    Args:
        spans: From and to of each, in characters of the text.
    """
    places = [(len(_plain(text[:start])), len(_plain(text[:end]))) for start, end in spans]
    with _ONE:
        return _html(begin_marks(_plain(text), places))


def as_written(text: str) -> str:
    """The same without Markdown and formulas, which takes no time."""
    return CLEANER.clean(_as_written(_plain(text)))


@lru_cache(maxsize=4096)
def _remembered(text: str) -> str:
    return _html(_plain(text))


@lru_cache(maxsize=64)
def _long(text: str) -> str:
    return _html(_plain(text))


def _plain(text: str) -> str:
    return _ODD.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def _html(text: str) -> str:
    if len(text) > LONGEST:
        return CLEANER.clean(end_marks(_as_written(text)))
    pieces: list[str] = []
    parts, at, spent = [], 0, 0
    for formula in find_formulas(text):
        spent += len(formula.latex)
        shown = _formula(formula) if spent <= MATHEMATICS else None
        if shown is None and formula.bare:
            continue
        parts.append(text[at : formula.start])
        parts.append(f"{_FROM}{len(pieces)}{_TO}")
        pieces.append(shown or _source(formula.source))
        at = formula.start + len(formula.source)
    marked = "".join([*parts, text[at:]])
    marked = _IMAGE.sub(lambda found: _image(found, pieces), marked)
    made = to_html(marked)
    if made is None:
        made = _as_written(marked)
    made = end_marks(made)
    return CLEANER.clean(_PLACE.sub(lambda found: pieces[int(found[1])], made))


def _formula(formula: Formula) -> str | None:
    made = to_mathml(formula.latex, display=formula.display)
    if made is None or formula.bare:
        return made
    kind = "block" if formula.display else "inline"
    if not formula.display and len(formula.latex) > _BROAD:
        kind += " wide"
    return f'<span class="formula {kind}">{made}</span>'


def _image(found: re.Match[str], pieces: list[str]) -> str:
    """Say that there is an image: nothing is loaded from anywhere."""
    name, address = (html.escape(_PLACE.sub("", part)) for part in found.groups())
    pieces.append(f'<span class="image">Image not shown: {name} ({address})</span>')
    return f"{_FROM}{len(pieces) - 1}{_TO}"


def _source(source: str) -> str:
    return f'<code class="source">{html.escape(source)}</code>'


def _as_written(text: str) -> str:
    return f'<p class="written">{html.escape(text)}</p>'
