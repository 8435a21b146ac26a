"""How often a flag of each claim kind fell on the first error that experts marked.

`python benchmarks/plugins/math_steps.py --fit` prints this table from the labelled sets. Kinds with
few flags are drawn towards the share of all kinds.
"""

from collections.abc import Iterable
from typing import Final

CONFIDENCE: Final[dict[str, float]] = {
    "arithmetic": 0.92,
    "calculator-mark": 0.98,
    "calendar": 0.96,
    "common-divisor": 0.97,
    "congruence": 0.95,
    "derivation": 0.88,
    "divisibility": 0.96,
    "equation": 0.99,
    "expansion": 0.86,
    "function-value": 0.97,
    "identity": 0.98,
    "inequality": 0.95,
    "mixed-units": 0.96,
    "negative-amount": 0.98,
    "no-solution": 0.92,
    "part-of-a-person": 0.95,
    "prime": 0.95,
    "remainder": 0.98,
    "rewriting": 0.92,
    "solution": 0.93,
    "system": 0.95,
    "transform": 0.98,
    "truncation": 0.95,
    "zero-only": 0.98,
}
UNFITTED: Final = 0.94
"""For a kind without a labelled flag: the share of all kinds together."""


def of(kinds: Iterable[str]) -> float:
    """The confidence of a step's label: that of its most certain claim."""
    return max((CONFIDENCE.get(kind, UNFITTED) for kind in kinds), default=UNFITTED)
