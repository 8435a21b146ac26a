"""How often a flag of each claim kind fell on the first error that experts marked.

`python benchmarks/math_steps.py --fit` prints this table from the labelled sets. Kinds with few
flags are drawn towards the share of all kinds.
"""

from collections.abc import Iterable
from typing import Final

CONFIDENCE: Final[dict[str, float]] = {
    "arithmetic": 0.90,
    "calculator-mark": 0.97,
    "congruence": 0.94,
    "equation": 0.98,
    "expansion": 0.81,
    "function-value": 0.96,
    "identity": 0.98,
    "inequality": 0.94,
    "negative-amount": 0.98,
    "no-solution": 0.91,
    "prime": 0.94,
    "remainder": 0.94,
    "rewriting": 0.91,
    "solution": 0.93,
    "transform": 0.97,
    "truncation": 0.94,
    "zero-only": 0.98,
}
UNFITTED: Final = 0.93
"""For a kind without a labelled flag: the share of all kinds together."""


def of(kinds: Iterable[str]) -> float:
    """The confidence of a step's label: that of its most certain claim."""
    return max((CONFIDENCE.get(kind, UNFITTED) for kind in kinds), default=UNFITTED)
