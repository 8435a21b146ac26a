"""The pages of an expert's own work and of the guidelines; they need no script."""

from triage.queue.items import Item
from triage.queue.personal import Last, Personal
from triage.queue.standing_words import title, told
from triage.records import LABELS
from triage.server.desk.guidelines import Guideline
from triage.server.desk.page import templates
from triage.server.desk.text.rendering import render


def own_page(person: str, found: Personal) -> str:
    """An expert's own page."""
    page = templates().get_template("own.html")
    return page.render(
        person=person,
        own=found,
        labels=[(label.shown, found.labels[label]) for label in LABELS],
        standings=[(one.domain, title(one), told(one)) for one in found.standings],
    )


def answer_page(person: str, last: Last, item: Item, note: str | None) -> str:
    """A step that the expert answered, with the answer."""
    page = templates().get_template("answer.html")
    return page.render(
        person=person,
        last=last,
        item=item,
        note=note,
        problem=render(item.problem),
        options=[render(one) for one in item.options or ()],
        earlier=[render(one) for one in item.earlier],
        step=render(item.text),
    )


def guideline_page(found: Guideline) -> str:
    """A guideline as a page of its own."""
    return templates().get_template("guideline.html").render(guideline=found)
