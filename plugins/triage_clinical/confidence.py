"""How sure a refutation is, by the kind of claim."""

from collections.abc import Iterable
from typing import Final

_SURE: Final = {
    "arithmetic": 0.93,
    "conversion": 0.95,
    "formula": 0.9,
    "range": 0.95,
    "unit": 0.95,
}
"""Not measured shares, but set: the labelled sets hold too few refuted figures to measure them.
`python -m benchmarks.plugins.domains` tells the counts. Fusion learns its own from a team's labels.
"""


def confidence(kinds: Iterable[str]) -> float:
    """Probability that a step refuted on these claim kinds is wrong for people too."""
    return max(_SURE[kind] for kind in kinds)
