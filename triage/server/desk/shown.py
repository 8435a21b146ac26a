"""Items of the queue with their texts as safe HTML."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from triage.records import Label, Record
from triage.server.desk.revealed import ToldProposal, tell
from triage.server.desk.text.rendering import LONGEST, as_written, render
from triage.server.experts.judging_forms import DisputeShown
from triage.server.http.forms import OfferedItem

BOUND: Final = 40_000
"""Characters of all texts of an item that are read as Markdown and formulas, at about a second of
work for the worst of them; real ones need a tenth of it."""


class ShownStep(Record):
    """A step for the page, in its place.

    Attributes:
        trace: The same for steps of one problem, so that its fold is remembered; made from the
            problem's text alone.
    """

    domain: str
    position: int
    of: int
    trace: str
    problem: str
    options: tuple[str, ...]
    earlier: tuple[str, ...]
    step: str


class Shown(ShownStep):
    """An item for the page.

    Attributes:
        source: The step as written, to start a correction from.
    """

    token: str
    source: str


class Known(Record):
    """An item that the page has already."""

    token: str


def shown(item: OfferedItem) -> Shown:
    """Make an item's texts ready to be put into the page."""
    return Shown(
        token=item.token,
        domain=item.domain,
        position=item.position,
        of=item.of,
        trace=_mark(item.problem),
        source=item.step,
        **_texts(item.step, item.problem, item.options or (), item.earlier),
    )


class ItemsShown(Record):
    """What the page asks for again and again.

    Attributes:
        left: How many steps wait for this expert.
    """

    items: tuple[Shown | Known, ...]
    left: int


def show_items(items: Sequence[OfferedItem], known: Sequence[str]) -> ItemsShown:
    """Make items ready for the page, but for those that it has."""
    made = [Known(token=one.token) if one.token in known else shown(one) for one in items]
    return ItemsShown(items=tuple(made), left=items[0].left if items else 0)


class ShownSide(Record):
    """What one expert said; nobody is named."""

    label: Label
    inherits_error: bool | None
    note: str | None
    correction: str | None


class ShownDispute(ShownStep):
    """A split between experts for the page, with what the machine proposed."""

    trace_id: str
    step_index: int
    sides: tuple[ShownSide, ...]
    proposals: tuple[ToldProposal, ...]


class DisputesShown(Record):
    """The splits that wait for an adjudicator."""

    items: tuple[ShownDispute, ...]


def show_disputes(disputes: Sequence[DisputeShown]) -> DisputesShown:
    """Make disputes ready for the page."""
    return DisputesShown(items=tuple(map(_dispute, disputes)))


def _dispute(one: DisputeShown) -> ShownDispute:
    return ShownDispute(
        trace_id=one.trace_id,
        step_index=one.step_index,
        domain=one.domain,
        position=one.position,
        of=one.of,
        trace=_mark(one.problem),
        **_texts(one.step, one.problem, one.options or (), one.earlier),
        sides=tuple(ShownSide.model_validate(side.model_dump()) for side in one.verdicts),
        proposals=tuple(map(tell, one.proposals)),
    )


def _texts(
    step: str, problem: str, options: Sequence[str], earlier: Sequence[str]
) -> dict[str, Any]:
    """The texts of an item as HTML; what goes beyond the bound is shown as written.

    The step comes first, then the problem, then the steps before it from the nearest on. A text
    that is shown as written anyway takes nothing from the others.
    """
    left = BOUND

    def shown(text: str) -> str:
        nonlocal left
        if len(text) > LONGEST:
            return as_written(text)
        left -= len(text)
        return render(text) if left >= 0 else as_written(text)

    made = {"step": shown(step), "problem": shown(problem), "options": tuple(map(shown, options))}
    return made | {"earlier": tuple([shown(one) for one in reversed(earlier)][::-1])}


def _mark(problem: str) -> str:
    return hashlib.sha256(problem.encode()).hexdigest()[:12]
