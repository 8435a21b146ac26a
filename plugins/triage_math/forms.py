"""Claims with a notation of their own, found by form rather than as a relation of two sides."""

from collections.abc import Callable
from typing import Final

from triage_math import options
from triage_math.analysis import integrals, limits
from triage_math.claims.findings import Finding
from triage_math.claims.state import State
from triage_math.equations import matrices, systems
from triage_math.numbers import known, totals, words

_CHECKS: Final[tuple[tuple[tuple[str, ...], Callable[[str, str, State], list[Finding]]], ...]] = (
    (integrals.HINTS, integrals.check),
    (limits.HINTS, limits.check),
    (matrices.HINTS, matrices.check),
    (options.HINTS, options.check),
    (systems.HINTS, systems.check_pair),
    (totals.HINTS, totals.check),
    (words.HINTS, words.check),
    (known.HINTS, known.check),
)
"""What a text must hold to be worth the check, and the check of raw and plain text."""


def check(text: str, plain: str, state: State) -> list[Finding]:
    """Runs the checks whose notation stands in the text."""
    found: list[Finding] = []
    for hints, run in _CHECKS:
        for hint in hints:
            if hint in plain:
                found += run(text, plain, state)
                break
    return found
