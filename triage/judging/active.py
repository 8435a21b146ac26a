"""Which judges a run has at hand: all that a plugin needs to know before it asks one."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.judging.service import Judging

CURRENT: ContextVar["Judging"] = ContextVar("judging")


def current() -> "Judging | None":
    """The judges of the run that is calling; None where no panel is configured."""
    return CURRENT.get(None)
