"""Which passages of the team's own sources stand in a question."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import zip_longest
from typing import Final

from triage.promptbook import PromptFile
from triage.records import Passage, Trace

Gather = Callable[[Trace, int], Awaitable[Sequence[Passage]]]
"""Finds passages for a step of a trace, the best first."""

_MOST: Final = 12
"""Shown in one question: what judges read costs money, and attention."""


async def passages_for(
    gather: Gather | None, prompt: PromptFile, trace: Trace, steps: Iterable[int]
) -> tuple[Passage, ...]:
    """The best passages for some steps, each once; none where the prompt does not show any.

    Raises:
        EvidenceError: A source of passages failed.
    """
    if gather is None or "passages" not in prompt.header.inputs:
        return ()
    found = [await gather(trace, step) for step in steps]
    distinct: dict[str, Passage] = {}
    for rank in zip_longest(*found):
        for one in rank:
            if one is not None:
                distinct.setdefault(one.id, one)
    return tuple(distinct.values())[:_MOST]
