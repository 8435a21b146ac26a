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
    r"\\(?!frac|sqrt|log|sin|cos|angle|theta)"  # usual ones that stay as they are
    r"(?:(?P<word>" + "|".join(_WORDS) + r")\*?\s*\{(?P<words>[^{}]*)\}"
    r"|(?P<env>begin|end)\s*\{(?P<name>[A-Za-z]+)\*?\}(?:\{[lcr|]*\})?"
    r"|(?P<name2>[A-Za-z]+|[^A-Za-z]))"
)
_DOLLARS: Final = re.compile(
    r"\$\$(.+?)\$\$|\$(?![\s$])([^$\n]{1,300}?)(?<=[^\s$])\$(?!\d)", re.DOTALL
)
_BULLET: Final = re.compile(r"[ \t]*(?:[-*+•–] +|#{1,6} |>+ |\(?\d{1,2}[.)] +|\(?[a-z]\) +)")
_BULLETS: Final = re.compile(r"\n" + _BULLET.pattern)
_DELIMITERS: Final = (
    ("\\(", MATH_ON + " "), ("\\)", MATH_OFF + " "),
    ("\\[", DISPLAY + " "), ("\\]", DISPLAY_END + " "),
)  # fmt: skip
_EDGES: Final = (MATH_ON, MATH_OFF, TEXT_ON, TEXT_OFF, DISPLAY, DISPLAY_END, MONEY, "$")
_BOLD: Final = re.compile(r"\*\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*\*|__(?=\S)([^_\n]+?)(?<=\S)__")
_UNICODE: Final = str.maketrans({
    "−": "-", "–": "-", "—": OPAQUE, "·": "*", "×": "*", "∗": "*", "⋅": "*", "•": "*", "∙": "*",
    "÷": "/", "⁄": "/", "∕": "/", "“": '"', "”": '"', "’": "'", "‘": "'", "\u00a0": " ",
    "\u2009": " ", "\u202f": " ", "\u200b": " ", "≅": "≈", "≃": "≈", "~": " ", "→": "⇒", "⟹": "⇒",
    "∴": "⇒", "⟶": "⇒", "º": "°", "％": "%", "＝": "=", "＋": "+", "－": "-", "（": "(", "）": ")",
    "{": "{", "İ": "I", "\x00": OPAQUE, "\u202e": OPAQUE, "\u202d": OPAQUE, "\u2066": OPAQUE,
    "\u2067": OPAQUE, "\u200f": OPAQUE, "\u200e": OPAQUE,
})  # fmt: skip
_ROW_ENVS: Final = frozenset(
    ("align", "aligned", "gather", "gathered", "equation", "eqnarray", "split", "multline")
)


def _blank(match: re.Match[str]) -> str:
    """Blanks a list's bullet; one that may be a minus leaves a mark in its place."""
    whole = match[0]
    line = whole[: whole[0] == "\n"]
    if whole.strip() == "-" and match.string[match.end() : match.end() + 1].isdigit():
        return line + BULLET.rjust(len(whole) - len(line) - 1) + " "
    return line.ljust(len(whole))


def _command(match: re.Match[str]) -> str:
    whole = match[0]
    size = len(whole)
    plain = _COMMANDS.get(whole[1:])
    if plain is not None:
        return plain.ljust(size)
    if match["word"]:
        words = match["words"]
        return (TEXT_ON + words + TEXT_OFF).rjust(size)
    if match["env"]:
        if match["name"] in _ROW_ENVS:
            return (DISPLAY if match["env"] == "begin" else DISPLAY_END).ljust(size)
        return OPAQUE * size
    name = match["name2"]
    return match[0] if name[0].isalpha() else OPAQUE * size


def without_edges(plain: str) -> str:
    """A plain text with the edges of formulas and the signs of money blanked."""
    for edge in _EDGES:
        plain = plain.replace(edge, " ")
    return plain


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
    bullet = _BULLET.match(text)
    if bullet is not None:
        text = _blank(bullet) + text[bullet.end() :]
    if "\n" in text:
        text = _BULLETS.sub(_blank, text)
    if "\\" in text:
        if "\\\\" not in text:  # else a row's end may stand before a bracket
            for delimiter, sign in _DELIMITERS:
                text = text.replace(delimiter, sign)
        text = _COMMAND.sub(_command, text)
    if text.count("$") > 1:
        text = _DOLLARS.sub(_dollars, text)
    return text
