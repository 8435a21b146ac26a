"""Finds the formulas in a text, and tells them from money, code and plain words."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple


class Formula(NamedTuple):
    """A formula in a text.

    Attributes:
        source: The formula as written, with its delimiters.
        latex: What stands between them.
        display: Whether it stands on a line of its own.
        bare: Whether it is a command without delimiters, which may as well be no formula at all.
    """

    start: int
    source: str
    latex: str
    display: bool = False
    bare: bool = False


_OPENERS: Final = re.compile(
    r"(?P<code>`+)|\\\\|\\\$|\$\$|\$|\\\[|\\\(|\\begin\{(?P<name>[a-zA-Z]{1,20}\*?)\}|\\[a-zA-Z]+"
)
_CLOSERS: Final = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_WORDS: Final = re.compile(r"[A-Za-z]{2,}[ ,.]+[A-Za-z]{2,}")
_NESTED: Final = 6
_LONGEST_LINE: Final = 1_000
"""Characters of a line beyond which no formula stands within the text part of another."""


def find_formulas(text: str) -> Iterator[Formula]:
    """The formulas of a text in their order; time grows with the text's length alone."""
    missing: set[str] = set()
    at = 0
    while found := _OPENERS.search(text, at):
        at = found.end()
        opener = found[0]
        if found["code"]:
            at = _find(text, opener, at, missing, wide=True) or at
            continue
        if opener in ("\\\\", "\\$"):
            continue
        formula = _formula(text, found, missing)
        if formula is not None:
            at = formula.start + len(formula.source)
            yield formula


def _formula(text: str, found: re.Match[str], missing: set[str]) -> Formula | None:
    opener, start, inner = found[0], found.start(), found.end()
    if opener == "$":
        return _dollar(text, start)
    name = found["name"]
    closer = f"\\end{{{name}}}" if name else _CLOSERS.get(opener)
    if closer is None:
        return _bare(text, start, inner)
    end = _find(text, closer, inner, missing)
    if end is None:
        return None
    source = text[start:end]
    latex = source if name else text[inner : end - len(closer)]
    if not latex.strip():
        return None
    return Formula(start, source, latex.strip(), display=opener != "\\(")


def _find(text: str, closer: str, at: int, missing: set[str], *, wide: bool = False) -> int | None:
    """Where the closer ends; what was once looked for in vain is not looked for again."""
    if closer in missing:
        return None
    place = text.find(closer, at)
    if place < 0:
        missing.add(closer)
        return None
    end = place + len(closer)
    # a run of backticks is closed by a run of the same length, a longer one only by luck
    while wide and end < len(text) and text[end] == closer[0]:
        end += 1
    return end


def _dollar(text: str, start: int) -> Formula | None:
    """A formula between single dollars on one line; a price opens none: "$3 and then $4"."""
    before, after = text[start - 1 : start], text[start + 1 : start + 2]
    if before.isalnum() or not after or after.isspace():
        return None
    line = text.find("\n", start)
    last = line if line >= 0 else len(text)
    end = text.find("$", start + 1, last)
    # not an escaped one, and none within the text part of a formula
    while end > 0 and (text[end - 1] == "\\" or _open_groups(text[start:end])):
        end = text.find("$", end + 1, last)
    if end < 0 or text[end - 1].isspace() or text[end + 1 : end + 2].isdigit():
        return None
    latex = text[start + 1 : end]
    money = latex[0].isdigit() and "\\" not in latex and _WORDS.search(latex)
    if not latex or money:
        return None
    return Formula(start, text[start : end + 1], latex)


def _open_groups(text: str) -> bool:
    return len(text) <= _LONGEST_LINE and text.count("{") > text.count("}")


def _bare(text: str, start: int, end: int) -> Formula:
    r"""A command with its groups outside any delimiters, such as \frac{1}{2}."""
    while text[end : end + 1] == "{" and (close := _group_end(text, end)):
        end = close
    source = text[start:end]
    return Formula(start, source, source, bare=True)


def _group_end(text: str, start: int) -> int | None:
    depth = 0
    for at in range(start, min(len(text), start + 400)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
        if depth == 0:
            return at + 1
        if depth > _NESTED or text[at] == "\n":
            return None
    return None
