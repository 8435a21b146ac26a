"""Items of the queue with their texts as safe HTML."""

import hashlib
from collections.abc import Sequence

from triage.records import Record
from triage.server.desk.rendering import render
from triage.server.forms import OfferedItem


class Shown(Record):
    """An item for the page.

    Attributes:
        trace: The same for steps of one problem, so that its fold is remembered; made from the
            problem's text alone.
        source: The step as written, to start a correction from.
    """

    token: str
    domain: str
    position: int
    of: int
    trace: str
    problem: str
    options: tuple[str, ...]
    earlier: tuple[str, ...]
    step: str
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
        trace=hashlib.sha256(item.problem.encode()).hexdigest()[:12],
        problem=render(item.problem),
        options=tuple(render(one) for one in item.options or ()),
        earlier=tuple(render(one) for one in item.earlier),
        step=render(item.step),
        source=item.step,
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
