"""Reads Markdown; hides no part of a text, and takes no sign of mathematics for a mark."""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_TIMES: Final = re.compile(r"(?<=[\w)\]}!°\ue001])(\*+)(?=[\w(\[{\-\ue000\\]|\.\d)")
_BACKTICKS: Final = re.compile("`+")
_LETTERS: Final = re.compile(r"[^\W_]+")


def to_html(text: str) -> str | None:
    """The text by the rules of Markdown; None if they would leave out a part of it."""
    # a product is not an emphasis: 2*3*4
    text = _outside_code(text, lambda part: _TIMES.sub(_escaped, part))
    try:
        made = str(_reader().render(text))
    except RecursionError:
        return None
    wanted = "".join(_LETTERS.findall(html.unescape(text)))
    return made if "".join(_LETTERS.findall(_visible(made))) == wanted else None


def _escaped(found: re.Match[str]) -> str:
    return "\\*" * len(found[1])


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change what is no code: a run of backticks opens it, the next of the same length ends it."""
    runs = list(_BACKTICKS.finditer(text))
    of_length: dict[int, list[int]] = {}
    for number, run in enumerate(runs):
        of_length.setdefault(len(run[0]), []).append(number)
    parts, at, number = [], 0, 0
    while number < len(runs):
        alike = of_length[len(runs[number][0])]
        after = bisect_right(alike, number)
        if after == len(alike):
            number += 1
            continue
        start, end = runs[number].start(), runs[alike[after]].end()
        parts += [change(text[at:start]), text[start:end]]
        at, number = end, alike[after] + 1
    return "".join([*parts, change(text[at:])])


def _visible(made: str) -> str:
    """What can be read of some HTML, with the numbers that browsers put before list items."""
    made = re.sub(r'<li value="(\d+)">', r" \1 ", made)
    return html.unescape(re.sub(r"<[^>]*>", " ", made))


@cache
def _reader() -> MarkdownIt:
    options = {"html": False, "breaks": True}
    reader = MarkdownIt("commonmark", options, renderer_cls=_Renderer).enable("table")
    # what would hide a part of the text (link targets, references) or take a sign of mathematics
    # for a mark (quotes, underlined headings, indented code) stays as written
    off = ["code", "blockquote", "lheading", "reference", "link", "autolink", "image"]
    return reader.disable(off)


class _Renderer(RendererHTML):
    """Writes the elements that a text of a trace may have, with classes in place of styles."""

    def list_item_open(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Keep an item's own number."""
        info = tokens[at].info
        return f'<li value="{int(info)}">' if info.isdigit() else "<li>"

    def bullet_list_open(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Keep the sign: at the beginning of a line it may be a minus."""
        names = {"-": "minus", "+": "plus"}
        return f'<ul class="{names.get(tokens[at].markup, "star")}">'

    def heading_open(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Leave the order of headings to the page."""
        return '<p class="heading">'

    def heading_close(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        """End what `heading_open` began."""
        return "</p>\n"

    def th_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Say by a class which side a column is set to."""
        side = str(tokens[at].attrGet("style") or "").removeprefix("text-align:")
        return f'<{tokens[at].tag} class="{side}">' if side else f"<{tokens[at].tag}>"

    td_open = th_open

    def table_open(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        """Let a table scroll in itself."""
        return '<div class="wide"><table>'

    def table_close(
        self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType
    ) -> str:
        """End what `table_open` began."""
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
        """Show code with what stands beside its fence, and let it scroll in itself."""
        info, content = (
            html.escape(part) for part in (tokens[at].info.strip(), tokens[at].content)
        )
        name = f'<span class="language">{info}</span>\n' if info else ""
        return f'<div class="wide">{name}<pre><code>{content}</code></pre></div>\n'
