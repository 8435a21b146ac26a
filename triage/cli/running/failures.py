"""What helps where sources failed: asking again does only where something may have passed."""

from collections.abc import Iterator, Mapping
from typing import Final

_STANDS: Final = "refusal"
"""A model's answer that it does not answer: bought, kept, and the same when it is asked again."""
_TO_MEND: Final = frozenset({
    "broken", "evidence-failed", "key-refused", "model-unknown", "not-configured",
    "out-of-credit", "redaction-failed", "request-refused",
})  # fmt: skip
"""What is the same again until somebody mends the configuration, the account or the plugin."""
_TOLD_ELSEWHERE: Final = frozenset({"money-limit", "batch-pending"})
"""What a run tells with its budget and its batches."""


def advice(failures: Mapping[str, int]) -> Iterator[str]:
    """Lines for people: how often sources failed, why, and what to do.

    Args:
        failures: Answers of a source to a step that are missing, by why.
    """
    stands = {why: times for why, times in failures.items() if why == _STANDS}
    to_mend = {why: times for why, times in failures.items() if why in _TO_MEND}
    passing = {
        why: times
        for why, times in failures.items()
        if why not in (*stands, *to_mend, *_TOLD_ELSEWHERE)
    }
    if passing:
        yield f"a source failed at {_counted(passing)}: run again to ask it again"
    if to_mend:
        yield (
            f"a source failed at {_counted(to_mend)}: mend what `triage doctor` or the decisions' "
            "`failed` name, then run again"
        )
    if stands:
        yield (
            f"a judge refuses {_counted(stands)}, and would again: another judge, model or prompt "
            "may answer; until then people decide"
        )


def _counted(failures: Mapping[str, int]) -> str:
    steps = sum(failures.values())
    reasons = ", ".join(f"{why} {times:,}" for why, times in failures.items())
    return f"{steps:,} {'step' if steps == 1 else 'steps'} ({reasons})"
