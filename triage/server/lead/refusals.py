"""Shows whatever a lead's page refuses as a page that says what to do."""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from triage.errors import TriageError
from triage.server.http.problems import Problem
from triage.server.lead.page import page

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_HERE: Final = (
    (r"`triage certify (plan|draw|sign)[^`]*`", r"“\1” on the page of certificates"),
    (r"triage certify (plan|draw|sign)\b", r"“\1” on the page of certificates"),
    (r"`triage queue list --state split` shows them, `triage queue resolve` ends them",
     "an adjudicator ends them at the desk"),
    (r" \(triage queue next, or import\)", ""),
    (r"\brelax alpha or delta\b",
     "raise “Largest share of wrong labels” or, under More, “Chance that the promise fails”"),
    (r"\brelax alpha\b", "raise “Largest share of wrong labels”"),
    (r"--labels with --coverage\b", "“Blind labels” with “Expected share accepted”"),
    (r"`triage calibrate`", "the operator's `triage calibrate`"),
    (r"\(--(\w+)\)", r"(“\1”)"),
    (r"--(\w[\w-]*)", r"“\1”"),
)  # fmt: skip
"""What messages call by the names of commands, as it is called on the page."""


class PageRoute(APIRoute):
    """A route whose refusals are pages for people."""

    def get_route_handler(self) -> _Handler:
        """Wrap what answers a request."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except Problem as why:
                if "Location" in why.headers:
                    return Response(status_code=why.status, headers=why.headers)
                return _refused(request, why.status, why.detail, why.headers)
            except TriageError as why:
                return _refused(request, 422 if why.exit_status == 2 else 503, str(why))
            except RequestValidationError as why:
                first = why.errors()[0]
                return _refused(request, 422, f"{first['loc'][-1]}: {first['msg']}")

        return handle


def _refused(
    request: Request, status: int, said: str, headers: dict[str, str] | None = None
) -> Response:
    first, *others = (line.strip() for line in on_page(said).splitlines())
    made = page(request, "refused.html", said=first, reasons=others)
    made.status_code = status
    made.headers.update(headers or {})
    return made


def on_page(said: str) -> str:
    """A refusal in the words of the page instead of the terminal's."""
    for pattern, words in _HERE:
        said = re.sub(pattern, words, said)
    return said
