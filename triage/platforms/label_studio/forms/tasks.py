"""Tasks: what of a trace stands in one, and which step a task that comes back is about."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from triage.errors import UsageError
from triage.ingest import IngestOptions
from triage.ingest.items import RowError
from triage.ingest.rows.normalise import normalise
from triage.platforms.flat import earlier
from triage.platforms.opinions import Told

_TAKEN: Final = (
    *("id", "domain", "subject", "problem", "options", "final_answer", "reference_answer"),
    *("final_correct", "group", "generator"),
)
"""Fields of a task made elsewhere that are read as a trace's."""


class Place(NamedTuple):
    """What a task is about.

    Attributes:
        step: None for a whole trace.
        texts: The texts that people see: the step's, or all of the trace's.
    """

    trace_id: str
    step: int | None
    texts: tuple[str, ...]

    def shows(self, told: Told) -> bool:
        """Whether the task shows what the store holds: a revised trace is another text."""
        if self.step is None:
            return _plain(self.texts) == _plain(told.steps)
        return self.step < len(told.steps) and _plain(self.texts) == _plain([told.steps[self.step]])


def step_task(told: Told, step: int) -> dict[str, Any]:
    """The data of a task about one step."""
    return {
        "trace_id": told.id,
        "step_index": step,
        "step_number": step + 1,
        "n_steps": len(told.steps),
        "domain": told.domain,
        "problem": told.problem,
        "context": earlier(told, step),
        "step": told.steps[step],
    }


def trace_task(told: Told) -> dict[str, Any]:
    """The data of a task about a whole trace."""
    return {
        "trace_id": told.id,
        "domain": told.domain,
        "problem": told.problem,
        "steps": [
            {"name": f"Step {number}", "text": text} for number, text in enumerate(told.steps, 1)
        ],
    }


def place_of(data: Any) -> Place:
    """What a task is about.

    Raises:
        UsageError: It is neither a step nor a trace of ours, nor a trace made elsewhere.
    """
    if not isinstance(data, dict):
        raise UsageError("the task has no data")
    trace_id, step = data.get("trace_id"), data.get("step_index")
    if isinstance(trace_id, str) and trace_id:
        if type(step) is int and step >= 0 and isinstance(data.get("step"), str):
            return Place(trace_id, step, (data["step"],))
        if texts := _texts(data.get("steps")):
            return Place(trace_id, None, texts)
    if _texts(data.get("steps")) and data.get("problem"):
        try:
            trace, _content = normalise(trace_row(data), IngestOptions())
        except RowError as why:
            raise UsageError(f"the task is no trace: {why.field}: {why.reason}") from why
        return Place(trace.id, None, tuple(one.text for one in trace.steps))
    raise UsageError(
        "the task's data have neither trace_id, step_index and step nor problem and steps: "
        "`triage export label-studio` makes tasks that do"
    )


def trace_row(data: Mapping[str, Any]) -> dict[str, Any]:
    """A task made elsewhere as a row of an input file; what is no part of a trace is left out."""
    row = {name: data[name] for name in _TAKEN if data.get(name) is not None}
    row["steps"] = list(_texts(data.get("steps")))
    if isinstance(data.get("trace_id"), str):
        row["id"] = data["trace_id"]
    return row


def is_trace(data: Mapping[str, Any]) -> bool:
    """Whether a task's data hold a whole trace, so that it can be taken in."""
    return bool(_texts(data.get("steps"))) and bool(data.get("problem"))


def _texts(steps: Any) -> tuple[str, ...]:
    if not isinstance(steps, list):
        return ()
    told = [one.get("text") if isinstance(one, dict) else one for one in steps]
    texts = tuple(one for one in told if isinstance(one, str) and one.strip())
    return texts if len(texts) == len(told) else ()


def _plain(texts: Iterable[str]) -> list[str]:
    # blanks are not the same on every way through a page
    return [" ".join(text.split()) for text in texts]
