"""Turns the text of a trace into HTML that can do nothing but be read.

A text is data: nothing in it runs, leaves the page, hides a part of itself or turns what stands
beside it. What can't be shown as meant is shown as written.
"""

import html
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from triage.server.desk.allowed import CLEANER
from triage.server.desk.formulas import Formula, find_formulas
from triage.server.desk.mathml import to_mathml

LONGEST: Final = 20_000
"""Characters of a text beyond which it is shown as written, without formulas or Markdown."""

MATHEMATICS: Final = 20_000
"""Characters of formulas in a text beyond which the others are shown as written."""

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
_TIMES: Final = re.compile(r"(?<=[\w)\]}!°\ue001])(\*+)(?=[\w(\[{\-\ue000\\.])")
_IMAGE: Final = re.compile(r"!\[([^\[\]\n]{0,300})\]\(([^()\s]{0,300})[^()\n]{0,100}\)")
_CODE: Final = re.compile(r"(`+)(?:.*?)\1", re.DOTALL)
_LETTERS: Final = re.compile(r"[^\W_]+")


@lru_cache(maxsize=2048)
def render(text: str) -> str:
    """The text as a piece of HTML, safe to be put into a page as it is.

    Args:
        text: Markdown with LaTeX, as models write it.
    """
    text = _ODD.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > LONGEST:
        return _as_written(text)
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
    made = _markdown(marked)
    if made is None:
        made = f'<p class="written">{html.escape(marked)}</p>'
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


def _markdown(text: str) -> str | None:
    """The text by the rules of Markdown; None if they would leave out a part of it."""
    # a product is not an emphasis: 2*3*4
    text = _outside_code(text, lambda part: _TIMES.sub(_escaped, part))
    try:
        tokens = _reader().parse(text)
        made = str(_reader().renderer.render(tokens, _reader().options, {}))
    except RecursionError:
        return None
    wanted = "".join(_LETTERS.findall(html.unescape(text)))
    return made if "".join(_LETTERS.findall(_visible(made))) == wanted else None


def _escaped(found: re.Match[str]) -> str:
    return "\\*" * len(found[1])


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [change(text[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*parts, change(text[at:])])


def _visible(made: str) -> str:
    """What can be read of some HTML, with the numbers that browsers put before list items."""
    made = re.sub(r'<li value="(\d+)">', r" \1 ", made)
    return html.unescape(re.sub(r"<[^>]*>", " ", made))


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
    # what would hide a part of the text (link targets, references) or take a sign of mathematics
    # for a mark (quotes, underlined headings, indented code) stays as written
    reader.disable(["code", "blockquote", "lheading", "reference", "link", "autolink", "image"])
    for kind, rule in _RULES.items():
        reader.add_render_rule(kind, rule)
    return reader


def _list_item(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    info = tokens[at].info
    return f'<li value="{int(info)}">' if info.isdigit() else "<li>"


def _bullets(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    # the sign stays: at the beginning of a line it may be a minus
    names = {"-": "minus", "+": "plus"}
    return f'<ul class="{names.get(tokens[at].markup, "star")}">'


def _heading(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    return '<p class="heading">' if tokens[at].nesting > 0 else "</p>\n"


def _cell(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    side = str(tokens[at].attrGet("style") or "").removeprefix("text-align:")
    return f'<{tokens[at].tag} class="{side}">' if side else f"<{tokens[at].tag}>"


def _table(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    return '<div class="wide"><table>' if tokens[at].nesting > 0 else "</table></div>\n"


def _fence(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
) -> str:
    info, content = (html.escape(part) for part in (tokens[at].info.strip(), tokens[at].content))
    name = f'<span class="language">{info}</span>\n' if info else ""
    return f'<div class="wide">{name}<pre><code>{content}</code></pre></div>\n'


_RULES: Final = {
    "list_item_open": _list_item,
    "bullet_list_open": _bullets,
    "heading_open": _heading,
    "heading_close": _heading,
    "th_open": _cell,
    "td_open": _cell,
    "table_open": _table,
    "table_close": _table,
    "fence": _fence,
}
