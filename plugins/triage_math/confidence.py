"""How often a flag of each claim kind fell on the first error that experts marked.

`python benchmarks/math_steps.py --fit` prints this table from the labelled sets. Kinds with few
flags are drawn towards the share of all kinds.
"""

from collections.abc import Iterable
from typing import Final

CONFIDENCE: Final[dict[str, float]] = {
    "arithmetic": 0.92,
    "calculator-mark": 0.98,
    "calendar": 0.96,
    "congruence": 0.95,
    "equation": 0.99,
    "expansion": 0.82,
    "function-value": 0.96,
    "identity": 0.98,
    "inequality": 0.95,
    "negative-amount": 0.97,
    "no-solution": 0.92,
    "part-of-a-person": 0.95,
    "prime": 0.95,
    "remainder": 0.95,
    "rewriting": 0.92,
    "solution": 0.93,
    "system": 0.95,
    "transform": 0.97,
    "truncation": 0.95,
    "zero-only": 0.98,
}
UNFITTED: Final = 0.94
"""For a kind without a labelled flag: the share of all kinds together."""


def of(kinds: Iterable[str]) -> float:
    """The confidence of a step's label: that of its most certain claim."""
    return max((CONFIDENCE.get(kind, UNFITTED) for kind in kinds), default=UNFITTED)
