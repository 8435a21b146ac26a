"""The elements and attributes that a rendered text may consist of; all others are taken out."""

import re
from typing import Final

import nh3

_CLASSES: Final = {
    "p": {"heading", "written"},
    "span": {"formula", "inline", "block", "wide", "language", "image"},
    "code": {"source"},
    "div": {"wide"},
    "ul": {"minus", "plus", "star"},
    "th": {"left", "center", "right"},
    "td": {"left", "center", "right"},
}
_HTML: Final = {
    *("p", "span", "code", "pre", "div", "ul", "ol", "li", "em", "strong", "mark", "br", "hr"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_MATHML: Final = {
    *("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "mstyle"),
    *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts"),
    *("mtable", "mtr", "mtd", "menclose"),
}
_VARIANTS: Final = {
    *("normal", "bold", "italic", "bold-italic", "double-struck", "script", "fraktur"),
    *("sans-serif", "monospace"),
}
_YES_NO: Final = {"true", "false"}
_OPERATOR: Final = {"stretchy", "fence", "form", "minsize", "maxsize", "movablelimits", "accent",
                    "largeop", "separator", "symmetric"}  # fmt: skip
# no colour, no size and no negative space: a formula can't hide itself or cover its neighbours
_ATTRIBUTES: Final = {
    "li": {"value"},
    "ol": {"start"},
    "mspace": {"width"},
    "mo": _OPERATOR,
    "mfrac": {"linethickness"},
    "mtable": {"columnlines", "rowlines", "displaystyle"},
    "mtd": {"columnalign"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mover": {"accent"},
    "munder": {"accentunder"},
}
_VALUES: Final = {
    "math": {"display": {"block", "inline"}},
    "mi": {"mathvariant": _VARIANTS},
    "mn": {"mathvariant": _VARIANTS},
    "mtext": {"mathvariant": _VARIANTS},
    "menclose": {
        "notation": {
            *("box", "roundedbox", "circle", "updiagonalstrike", "downdiagonalstrike"),
            *("updiagonalstrike downdiagonalstrike", "horizontalstrike", "top", "bottom"),
        }
    },
}
_PLAIN: Final = re.compile(r"[a-z0-9 ]{0,40}|[0-3]?(?:\.\d+)?(?:em|px|pt|mu)?")


def _attribute(element: str, name: str, value: str) -> str | None:
    if name in {"class", "notation", "display", "mathvariant"}:
        return value  # from a closed list
    if element == "li" or name == "start":
        return value if value.isdigit() and len(value) < 10 else None
    return value if _PLAIN.fullmatch(value) else None


CLEANER: Final = nh3.Cleaner(
    tags=_HTML | _MATHML,
    clean_content_tags=set(),
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    tag_attribute_values=_VALUES,
    allowed_classes=_CLASSES,
    link_rel=None,
    generic_attribute_prefixes=set(),
    url_schemes=set(),
)
"""Takes out of some HTML whatever is not listed here."""
