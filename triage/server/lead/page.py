"""Puts the lead's pages together: plain HTML that works without a script."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from triage.records import ReasonCode
from triage.report.rendering.environment import environment
from triage.server.accounts.signin import Person
from triage.server.desk.page import PREFIX, edition
from triage.server.desk.text.rendering import render
from triage.store.labelling.queue import State

if TYPE_CHECKING:
    from jinja2 import Environment

HOME: Final = "/lead"
_STATES: Final = {
    State.WAITING.value: "waiting",
    State.LEASED.value: "before an expert",
    State.SPLIT.value: "experts differ",
    State.SETTLED.value: "decided",
}
"""How far a step is, as leads are told."""


def page(request: Request, template: str, person: Person | None = None, **values: Any) -> Response:
    """One of the pages.

    Args:
        person: Who looks at it; None where the page has nothing but a message.
    """
    made = _environment().get_template(template)
    body = made.render(person=person, here=request.url.path, **values)
    # forms tell where they come from, which the stricter policy of other pages forbids
    return HTMLResponse(body, headers={"Referrer-Policy": "same-origin"})


@cache
def _environment() -> "Environment":
    made = environment("triage.server.lead", "triage.server.desk")
    made.globals |= {
        "asset": lambda name: f"{PREFIX}/{edition()}/{name}",
        "home": HOME,
        "states": _STATES,
        "open_states": list(_STATES)[:3],
        "reasons": {code.value: code.shown for code in ReasonCode},
        "scale": _scale,
    }
    made.filters |= {"rendered": _rendered}
    return made


def _rendered(text: str) -> Any:
    """The text of a trace as HTML that can do nothing."""
    from markupsafe import Markup

    return Markup(render(text))  # noqa: S704 - cleaned by the desk's own renderer


def _scale(value: float | None, least: float = 0.0, most: float = 1.0) -> float:
    """A place between two ends in percent, for a bar."""
    if value is None or most <= least:
        return 0.0
    return round(100 * min(1.0, max(0.0, (value - least) / (most - least))), 1)
