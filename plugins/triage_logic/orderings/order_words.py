"""The words of orderings: objects, positions and comparisons become marks of the same length.

A mark takes the place of the words it stands for and is as long as they are, so that a place in
the marked text is the same place in the text as written: `@a` objects, `#a` positions counted from
the first pole, `^a` bare ordinals, `<` and `>` comparisons, each filled up with `_`.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

ORDINALS: Final = {
    word: number
    for number, words in enumerate(
        [
            "first 1st",
            "second 2nd",
            "third 3rd",
            "fourth 4th",
            "fifth 5th",
            "sixth 6th",
            "seventh 7th",
            "eighth 8th",
            "ninth 9th",
            "tenth 10th",
            "eleventh 11th",
            "twelfth 12th",
        ],
        start=1,
    )
    for word in words.split()
}
NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=2
    )
}
_OWN_SIGNS: Final = re.compile("[@#^<>]")
_ORDINAL: Final = "|".join(ORDINALS)
_CODES: Final = "0abcdefghijklmnopqrstuvwxyz"


class Axis(NamedTuple):
    """One kind of order: where its positions are counted from, its two ends and what is nearer."""

    origin: str
    ends: tuple[str, str]
    nearer: tuple[str, str]
    sides: tuple[str, str] | None = None
    ranked: bool = False


AXES: Final = (
    Axis(
        "the left",
        ("left-?most", "right-?most"),
        ("to the left of|left of", "to the right of|right of"),
        ("left", "right"),
    ),
    Axis(
        "the newest",
        ("newest|youngest", "oldest"),
        ("(?:newer|younger) than", "older than"),
    ),
    Axis(
        "the first",
        ("winner", "last(?: place)?"),
        ("above|ahead of|before", "below|behind|after"),
        ("top", "bottom"),
        ranked=True,
    ),
    Axis(
        "the most expensive",
        ("most expensive|priciest|costliest", "cheapest|least expensive"),
        ("(?:more expensive|pricier|costlier) than", "(?:less expensive|cheaper) than"),
    ),
    Axis("the tallest", ("tallest", "shortest"), ("taller than", "shorter than")),
    Axis("the heaviest", ("heaviest", "lightest"), ("heavier than", "lighter than")),
    Axis("the fastest", ("fastest", "slowest"), ("faster than", "slower than")),
    Axis(
        "the largest",
        ("largest|biggest", "smallest"),
        ("(?:larger|bigger) than", "smaller than"),
    ),
)


class Marker:
    """Marks the texts of one problem, on one axis, with objects numbered from 0."""

    def __init__(self, axis: Axis, objects: tuple[str, ...]) -> None:
        self.axis = axis
        self.objects = objects
        self.count = len(objects)
        self._positions = _position_pattern(axis)
        names = {}
        for number, name in enumerate(objects):
            for alias in _aliases(name, objects):
                names[alias] = number
        self._names = names
        alternatives = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        self._objects = re.compile(rf"\b(?:(?:the|an?) )?({alternatives})\b")

    def marked(self, text: str) -> str:
        """The text in small letters with all marks set; empty if it holds such signs of its own."""
        small = text.lower()
        if len(small) != len(text) or _OWN_SIGNS.search(small):
            return ""
        small = self._objects.sub(lambda m: _mark("@", self._names[m[1]], m[0]), small)
        return self._positions.sub(self._position, small)

    def _position(self, match: re.Match[str]) -> str:
        words = match[0]
        if match["before"] or match["behind"]:
            return ("<" if match["before"] else ">").ljust(len(words), "_")
        ordinal = match["nth"] or match["of"] or match["bare"]
        number = ORDINALS[ordinal] if ordinal else 1
        if match["bare"] and not self.axis.ranked:
            return _mark("^", number, words)
        far = match["far"] or match["farside"] or match["last"]
        return _mark("#", self.count + 1 - number if far else number, words)


def number(mark: str) -> int:
    """The number behind a mark: objects from 0, positions from 1, 0 for one that can't be."""
    return _CODES.index(mark[1])


def _mark(sign: str, value: int, words: str) -> str:
    return f"{sign}{_CODES[max(value, 0)]}".ljust(len(words), "_")


def _aliases(name: str, objects: tuple[str, ...]) -> set[str]:
    """An object's name, and its name without the noun that all objects share."""
    shared = {other.rsplit(" ", 1)[-1] for other in objects}
    short = name.rsplit(" ", 1)[0]
    return {name, short} if len(shared) == 1 and short != name else {name}


@lru_cache(maxsize=16)
def _position_pattern(axis: Axis) -> re.Pattern[str]:
    first, last = axis.ends
    sides = axis.sides or ("(?!)", "(?!)")
    return re.compile(
        rf"\b(?:"
        rf"(?P<before>{axis.nearer[0]})|(?P<behind>{axis.nearer[1]})"
        rf"|(?:the )?(?:(?P<nth>{_ORDINAL})[- ])?(?:(?P<far>{last})|(?P<near>{first}))"
        rf"|(?:the )?(?!first[- ]to)(?P<of>{_ORDINAL})"
        rf"(?:[- ]to[- ](?P<last>last)|(?: place| position)? from the"
        rf" (?:(?P<farside>{sides[1]})|(?P<nearside>{sides[0]})))"
        rf"|(?:the )?(?P<bare>{_ORDINAL})"
        rf")\b"
    )
