"""How often a flag of each claim kind was right, measured on labelled traces.

`python benchmarks/math.py --fit` prints this table.
"""

from typing import Final

CONFIDENCE: Final[dict[str, float]] = {
    "arithmetic": 0.97,
    "calculator-mark": 0.97,
    "inequality": 0.9,
    "unit-conversion": 0.9,
}
UNFITTED: Final = 0.8
"""For a kind with too few labelled flags."""


def of(kinds: list[str]) -> float:
    """The confidence of a step's flag: that of its most certain refuted claim."""
    return max((CONFIDENCE.get(k, UNFITTED) for k in kinds), default=UNFITTED)
