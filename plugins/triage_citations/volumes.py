"""In which years volumes were decided: United States Reports, and Supreme Court Reporter."""

from bisect import bisect_left
from typing import Final

_ANCHORS: Final = (
    (1, 1754), (2, 1793), (5, 1803), (10, 1810), (17, 1819), (22, 1824), (36, 1837), (60, 1857),
    (71, 1866), (83, 1873), (100, 1880), (118, 1886), (163, 1896), (198, 1905), (247, 1918),
    (261, 1923), (274, 1927), (300, 1937), (319, 1943), (347, 1954), (367, 1961), (384, 1966),
    (393, 1969), (410, 1973), (438, 1978), (467, 1984), (491, 1989), (505, 1992), (521, 1997),
    (530, 2000), (539, 2003), (554, 2008), (567, 2012), (576, 2015), (585, 2018), (597, 2022),
)  # fmt: skip
"""Volumes with the year of a case that they are known for."""
_LAST_VOLUME: Final = 620
OPEN: Final = 9_999
"""The year in which what still goes on ends."""


_TERM_BEFORE_FIRST: Final = 1881
_LAST_TERM: Final = 160


def term_of(volume: int) -> tuple[int, int] | None:
    """The years of a volume of the Supreme Court Reporter: each holds one term since 1882."""
    if not 1 <= volume <= _LAST_TERM:
        return None
    return _TERM_BEFORE_FIRST + volume - 1, _TERM_BEFORE_FIRST + volume


def years_of(volume: int) -> tuple[int, int] | None:
    """The years between which a volume was decided; None for one that there is not yet."""
    if not 1 <= volume <= _LAST_VOLUME:
        return None
    place = bisect_left(_ANCHORS, (volume, 0))
    if place == len(_ANCHORS):
        return _ANCHORS[-1][1], OPEN
    above, year = _ANCHORS[place]
    return (year if above == volume else _ANCHORS[max(0, place - 1)][1]), year
