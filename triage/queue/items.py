"""What an expert is shown of a step, and no more: nothing that the machine made of it."""

from sqlalchemy import Connection

from triage.errors import UsageError
from triage.records import Record, Step, Trace
from triage.store.people.experts import Expert, find_expert


class Item(Record):
    """A step with what it takes to judge it, blind: no label, reason, later step or answer.

    Attributes:
        earlier: The steps before it, in order.
        steps: How many steps the trace has.
        left: How many steps wait for this expert, this one included.
    """

    trace_id: str
    step: int
    steps: int
    left: int
    domain: str
    subject: str | None
    problem: str
    options: tuple[str, ...] | None
    earlier: tuple[str, ...]
    text: str


def blind(trace: Trace, step: int, left: int) -> Item:
    """Take from a trace what an expert may see before answering."""
    texts = [one.text for one in _until(trace, step)]
    return Item(
        trace_id=trace.id,
        step=step,
        steps=len(trace.steps),
        left=left,
        domain=trace.domain,
        subject=trace.subject,
        problem=trace.problem,
        options=trace.options,
        earlier=tuple(texts[:-1]),
        text=texts[-1],
    )


def known_expert(connection: Connection, name: str) -> Expert:
    """The expert of this name.

    Raises:
        UsageError: There is none, or the expert was revoked.
    """
    expert = find_expert(connection, name)
    if expert is None:
        raise UsageError(
            f"no expert {name!r} is known: triage experts add {name!r} --credential DOMAIN"
        )
    if expert.revoked_at is not None:
        raise UsageError(f"expert {name!r} was revoked: triage experts add admits anew")
    return expert


def _until(trace: Trace, step: int) -> tuple[Step, ...]:
    return trace.steps[: step + 1]
