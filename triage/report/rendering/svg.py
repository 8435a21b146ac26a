"""Turns a plot into inline SVG that takes its colours from the page and needs no style of its own.

A strict content policy refuses style attributes, and two plots on a page must not share ids.
"""

import io
import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS: Final[Mapping[str, str]] = {
    "ink": "#010101",
    "quiet": "#020202",
    "grid": "#030303",
    "paper": "#040404",
    "one": "#050505",
    "two": "#060606",
    "three": "#070707",
    "four": "#080808",
    "five": "#090909",
    "six": "#0a0a0a",
}
"""Placeholders that plots are drawn in; the page's style sheet says what each looks like."""

RC: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 10.5,
    "axes.edgecolor": COLOURS["quiet"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "xtick.color": COLOURS["quiet"],
    "ytick.color": COLOURS["quiet"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "text.color": COLOURS["ink"],
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_NAMES: Final = {colour: name for name, colour in COLOURS.items()}
_PAINTS: Final = ("fill", "stroke", "stop-color")


def inline(figure: "Figure", name: str, title: str, description: str) -> str:
    """A finished figure as SVG for the body of a page.

    Args:
        name: A word of its own for every plot of a page; ids begin with it.
        title: What a screen reader announces.
        description: What the plot shows, in a sentence.
    """
    from matplotlib import rc_context

    drawn = io.StringIO()
    with rc_context({**RC, "svg.hashsalt": name}), warnings.catch_warnings():
        # letters that the measuring font lacks are still drawn, by the reader's own fonts
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
    root = ET.fromstring(drawn.getvalue())  # noqa: S314 - it is our own drawing
    _drop(root, {"metadata", "style"})
    _rename(root, name)
    for element in root.iter():
        _unstyle(element)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-description")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        told = ET.Element(f"{{{_SVG}}}{tag}")
        told.set("id", f"{name}-{'title' if tag == 'title' else 'description'}")
        told.text = text
        root.insert(place, told)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _drop(root: ET.Element, names: set[str]) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in names:
                parent.remove(child)


def _rename(root: ET.Element, name: str) -> None:
    """Keep only ids that something refers to, each made the plot's own."""
    used: set[str] = set()
    for element in root.iter():
        if (target := element.attrib.pop(_XLINK, None)) is not None:
            used.add(target.removeprefix("#"))
            element.set("href", f"#{name}-{target.removeprefix('#')}")
        for key, value in list(element.attrib.items()):
            if match := re.fullmatch(r"url\(#(.*)\)", value):
                used.add(match[1])
                element.set(key, f"url(#{name}-{match[1]})")
    for element in root.iter():
        if (known := element.attrib.pop("id", None)) in used:
            element.set("id", f"{name}-{known}")


def _unstyle(element: ET.Element) -> None:
    """Turn a style into attributes, and placeholders into classes."""
    declared = element.attrib.pop("style", "")
    for declaration in declared.split(";"):
        key, _, value = declaration.strip().partition(":")
        value = value.strip()
        if key == "font":
            if match := re.search(r"([\d.]+)px", value):
                element.set("font-size", match[1])
        elif key and value:
            element.set(key, value)
    classes = []
    for paint in _PAINTS:
        value = element.attrib.get(paint, "").lower()
        if value in _NAMES:
            del element.attrib[paint]
            classes.append(f"{paint}-{_NAMES[value]}")
    if element.tag == f"{{{_SVG}}}text" and not classes:
        classes.append("fill-ink")
    if classes:
        element.set("class", " ".join(classes))
