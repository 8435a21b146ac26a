"""How often a refuted step is the first wrong step that people found, by claim kind."""

from collections.abc import Iterable
from typing import Final

PRECISION: Final = {
    "arithmetic": 0.913,
    "ordering": 0.934,
    "propositional": 0.955,
    "stack": 0.997,
    "swap": 0.938,
}
"""Measured shares, as `python benchmarks/plugins/logic.py --confidence` prints them."""

UNMEASURED: Final = min(PRECISION.values())
"""Kinds without a labelled set get the lowest share that was measured."""


def confidence(kinds: Iterable[str]) -> float:
    """Probability that a step refuted on these claim kinds is wrong for people too."""
    return max(PRECISION.get(kind, UNMEASURED) for kind in kinds)
