r"""Writes the chemical formulas of \ce{...} in the LaTeX that everybody knows."""

import re
from typing import Final

_CE: Final = re.compile(r"\\ce\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_PARTS: Final = re.compile(
    r"(?P<arrow><=>|<->|->|<-)(?:\[(?P<above>[^\[\]]*)\])?(?:\[(?P<below>[^\[\]]*)\])?"
    r"|(?P<command>\\[a-zA-Z]+)"
    r"|(?P<charge>\^(?:\{[^{}]*\}|[0-9]*[+-]?))"
    r"|(?P<index>_(?:\{[^{}]*\}|[0-9a-z]))"
    r"|(?P<count>(?<=[A-Za-z)\]])[0-9]+)"
    r"|(?P<ion>(?<=[A-Za-z0-9)\]])[+-](?=$|[\s)\]]))"
    r"|(?P<name>[A-Z][a-z]?|[a-z]+)"
    r"|(?P<gas>\s\^(?=$|\s))|(?P<solid>\sv(?=$|\s))"
    r"|(?P<blank>\s+)"
)
_ARROWS: Final = {
    "->": " \\rightarrow ",
    "<-": " \\leftarrow ",
    "<->": " \\leftrightarrow ",
    "<=>": " \\rightleftharpoons ",
}


def chemistry(latex: str) -> str:
    r"""The formula with \ce{SO4^2-} as SO_4^{2-} in upright letters."""
    return _CE.sub(lambda found: "{" + _written(found[1]) + "}", latex)


def _written(formula: str) -> str:
    return _PARTS.sub(_part, formula)


def _part(found: re.Match[str]) -> str:
    text = found[0]
    if found["arrow"]:
        made = _ARROWS[found["arrow"]]
        if found["below"]:
            made = f"\\underset{{{_written(found['below'])}}}{{{made}}}"
        return f"\\overset{{{_written(found['above'])}}}{{{made}}}" if found["above"] else made
    match found.lastgroup:
        case "command":
            return text + " "
        case "charge":
            return "^{" + text[1:].strip("{}") + "}"
        case "index":
            return "_{" + text[1:].strip("{}") + "}"
        case "count":
            return "_{" + text + "}"
        case "ion":
            return "^{" + text + "}"
        case "name":
            return "{\\rm " + text + "}"
        case "gas":
            return " \\uparrow "
        case "solid":
            return " \\downarrow "
        case _:
            return "\\,"
