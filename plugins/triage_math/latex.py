"""Makes LaTeX, Markdown and Unicode mathematics plain, character by character.

Every replacement keeps its length, so an offset in the plain text is an offset in the raw text and
a claim's span needs no map. Signs that have no plain form become private characters.
"""

import re
from typing import Final

TEXT_ON: Final = "\ue000"
"""Opens words inside mathematics, as in a `text` command."""
TEXT_OFF: Final = "\ue001"
MATH_ON: Final = "\ue002"
"""Opens inline mathematics."""
MATH_OFF: Final = "\ue003"
DISPLAY: Final = "\ue004"
"""Opens or closes a displayed formula."""
DISPLAY_END: Final = "\ue005"
MONEY: Final = "\ue006"
ROW: Final = "\ue007"
"""Ends a row of an alignment or a matrix."""
BULLET: Final = "\ue009"
"""Stands for a bullet that may be a minus."""
OPAQUE: Final = "\ue008"
"""Stands for something this plugin does not read."""

_COMMANDS: Final[dict[str, str]] = {
    **dict.fromkeys(("times", "cdot", "ast", "bullet"), "*"),
    "div": "/",
    "pm": "±",
    **dict.fromkeys(("le", "leq", "leqslant"), "≤"),
    **dict.fromkeys(("ge", "geq", "geqslant"), "≥"),
    **dict.fromkeys(("ne", "neq"), "≠"),
    "lt": "<",
    "gt": ">",
    **dict.fromkeys(("approx", "simeq", "doteq"), "≈"),
    "equiv": "≡",
    **dict.fromkeys(
        (
            "implies",
            "Rightarrow",
            "rightarrow",
            "to",
            "iff",
            "Leftrightarrow",
            "Longrightarrow",
            "longrightarrow",
            "therefore",
            "because",
        ),
        "⇒",
    ),
    **dict.fromkeys(
        (
            "quad",
            "qquad",
            ",",
            ";",
            "!",
            ":",
            " ",
            "left",
            "right",
            "big",
            "Big",
            "bigl",
            "bigr",
            "Bigl",
            "Bigr",
            "bigg",
            "Bigg",
            "biggl",
            "biggr",
            "displaystyle",
            "textstyle",
            "limits",
            "nolimits",
            "boxed",
            "fbox",
            "hline",
            "newline",
        ),
        "",
    ),
    "%": "%",
    "$": MONEY,
    "&": OPAQUE,
    "#": OPAQUE,
    "{": OPAQUE,
    "}": OPAQUE,
    "|": OPAQUE,
    **{sign: sign for sign in "_*+-=<>/^.~"},
    "infty": OPAQUE,
    "pi": "π",
    "circ": "°",
    "degree": "°",
    **dict.fromkeys(("ldots", "dots", "cdots"), "…"),
    "(": MATH_ON,
    ")": MATH_OFF,
    "[": DISPLAY,
    "]": DISPLAY_END,
    "\\": ROW,
    "dfrac": r"\frac",
    "tfrac": r"\frac",
    "cfrac": r"\frac",
    "dbinom": r"\binom",
    "tbinom": r"\binom",
    "lbrack": "[",
    "rbrack": "]",
    "lvert": "|",
    "rvert": "|",
    "mid": OPAQUE,
}
_WORDS: Final = (
    "text",
    "mathrm",
    "textbf",
    "textit",
    "mbox",
    "operatorname",
    "textrm",
    "mathbf",
    "mathit",
    "mathsf",
    "hbox",
)
_COMMAND: Final = re.compile(
    r"\\(?:(?P<word>" + "|".join(_WORDS) + r")\*?\s*\{(?P<words>[^{}]*)\}"
    r"|(?P<env>begin|end)\s*\{(?P<name>[A-Za-z]+)\*?\}(?:\{[lcr|]*\})?"
    r"|(?P<name2>[A-Za-z]+|[^A-Za-z]))"
)
_DOLLARS: Final = re.compile(
    r"\$\$(.+?)\$\$|\$(?![\s$])([^$\n]{1,300}?)(?<=[^\s$])\$(?!\d)", re.DOTALL
)
_BULLET: Final = re.compile(
    r"^[ \t]*(?:[-*+•–] +|#{1,6} |>+ |\(?\d{1,2}[.)] +|\(?[a-z]\) +)", re.MULTILINE
)
_BOLD: Final = re.compile(r"\*\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*\*|__(?=\S)([^_\n]+?)(?<=\S)__")
_UNICODE: Final = str.maketrans({
    "−": "-", "–": "-", "—": OPAQUE, "·": "*", "×": "*", "∗": "*", "⋅": "*", "•": "*", "∙": "*",
    "÷": "/", "⁄": "/", "∕": "/", "“": '"', "”": '"', "’": "'", "‘": "'", "\u00a0": " ",
    "\u2009": " ", "\u202f": " ", "\u200b": " ", "≅": "≈", "≃": "≈", "~": " ", "→": "⇒", "⟹": "⇒",
    "∴": "⇒", "⟶": "⇒", "º": "°", "％": "%", "＝": "=", "＋": "+", "－": "-", "（": "(", "）": ")",
    "{": "{", "\x00": OPAQUE, "\u202e": OPAQUE, "\u202d": OPAQUE, "\u2066": OPAQUE,
    "\u2067": OPAQUE, "\u200f": OPAQUE, "\u200e": OPAQUE,
})  # fmt: skip
_ROW_ENVS: Final = frozenset(
    ("align", "aligned", "gather", "gathered", "equation", "eqnarray", "split", "multline")
)


def _blank(match: re.Match[str]) -> str:
    """Blanks a list's bullet; one that may be a minus leaves a mark in its place."""
    mark = match[0].strip()
    if mark == "-" and match.string[match.end() : match.end() + 1].isdigit():
        return BULLET.rjust(len(match[0]) - 1) + " "
    return " " * len(match[0])


def _command(match: re.Match[str]) -> str:
    size = len(match[0])
    if match["word"]:
        words = match["words"]
        return (TEXT_ON + words + TEXT_OFF).rjust(size)
    if match["env"]:
        if match["name"] in _ROW_ENVS:
            return (DISPLAY if match["env"] == "begin" else DISPLAY_END).ljust(size)
        return OPAQUE * size
    name = match["name2"]
    plain = _COMMANDS.get(name)
    if plain is None:
        return match[0] if name[0].isalpha() else OPAQUE * size
    return plain.ljust(size)


def _dollars(match: re.Match[str]) -> str:
    if match[1] is not None:
        return f"{DISPLAY} {match[1]} {DISPLAY_END}"
    return MATH_ON + match[2] + MATH_OFF


def plain(text: str) -> str:
    """Returns `text` in plain notation, of the same length."""
    if not text.isascii():
        text = text.translate(_UNICODE)
    if "**" in text or "__" in text:
        text = _BOLD.sub(lambda m: f"  {m[1] or m[2]}  ", text)
    text = _BULLET.sub(_blank, text)
    if "\\" in text:
        text = _COMMAND.sub(_command, text)
    if text.count("$") > 1:
        text = _DOLLARS.sub(_dollars, text)
    return text
