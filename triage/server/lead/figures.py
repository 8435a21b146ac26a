"""Keeps the latest report for the lead's pages: one look at it must not slow the experts down."""

import threading
import time
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Depends, Request

from triage.report import Report, gather
from triage.server.http.house import House

_SHARE: Final = 4
"""A report is good for so many times the seconds it took: figures take at most a fifth of all."""


class Figures:
    """The report of one server's store, gathered anew when it is old enough."""

    def __init__(self, place: House) -> None:
        self._place = place
        self._report: Report | None = None
        self._until = 0.0
        self._guard = threading.Lock()

    def report(self) -> Report:
        """The figures as they are now, or were a moment ago; `made_at` says when."""
        with self._guard:
            if self._report is None or time.monotonic() >= self._until:
                began = time.monotonic()
                self._report = self._gather()
                ended = time.monotonic()
                self._until = ended + _SHARE * (ended - began)
            return self._report

    def page(self, render: Callable[[Report], str]) -> str:
        """The report's own page; one at a time, because its plots share settings."""
        report = self.report()
        with self._guard:
            return render(report)

    def forget(self) -> None:
        """Gather anew the next time: something was planned, drawn or signed."""
        with self._guard:
            self._report = None

    def _gather(self) -> Report:
        with self._place.reading() as connection:
            return gather(connection, self._place.settings)


def figures(request: Request) -> Figures:
    """The figures of the server that a request came to."""
    found: Figures = request.app.state.figures
    return found


InFigures = Annotated[Figures, Depends(figures)]
