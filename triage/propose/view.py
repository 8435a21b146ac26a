"""Cuts a trace to what a plugin may see."""

from triage.plugininfo import Sees
from triage.records import Trace

_NEVER_SHOWN: dict[str, object] = {
    "human": None,
    "proposals": (),
    "generator": None,
}
_NO_REFERENCE: dict[str, object] = {"reference_answer": None, "final_correct": None}
_NO_ANSWER: dict[str, object] = {"final_answer": None, "text": None}


def visible(trace: Trace, sees: Sees) -> Trace:
    """The trace without what a plugin that sees this much must not know, all steps kept."""
    # a dictionary of its own: what a plugin writes into it must reach nobody else
    hidden = _NEVER_SHOWN | {"metadata": {}}
    if sees is not Sees.REFERENCE:
        hidden |= _NO_REFERENCE
    if sees is Sees.EARLIER:
        hidden |= _NO_ANSWER
    return trace.model_copy(update=hidden)


def up_to(trace: Trace, step: int, sees: Sees) -> Trace:
    """The visible trace as it stood when the step was written, where that is all it may see."""
    if sees is not Sees.EARLIER:
        return trace
    return trace.model_copy(update={"steps": trace.steps[: step + 1]})
