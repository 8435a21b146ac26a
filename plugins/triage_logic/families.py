"""Which simulator follows a trace, told from the problem's text alone."""

from triage_logic import (
    arithmetic,
    calendars,
    entailment,
    ordering,
    sets,
    sorting,
    stacks,
    swaps,
    syllogisms,
)
from triage_logic.findings import Simulator, readable

_RECOGNISERS = (
    stacks.recognise,
    arithmetic.recognise,
    swaps.recognise,
    ordering.recognise,
    sorting.recognise,
    entailment.recognise,
    syllogisms.recognise,
    sets.recognise,
    calendars.recognise,
)


def simulator(problem: str) -> Simulator | None:
    """The simulator of the first family that knows the problem, or None."""
    if not readable(problem, problem=True):
        return None
    for recognise in _RECOGNISERS:
        found: Simulator | None = recognise(problem)
        if found is not None:
            return found
    return None
