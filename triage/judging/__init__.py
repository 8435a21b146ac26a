"""Panels of judges: asked once, kept for good, within a money limit, and never guessed for."""

from typing import TYPE_CHECKING

from triage.runtime.late import late

if TYPE_CHECKING:
    from triage.judging.active import current
    from triage.judging.bookkeeping.ledger import Ledger
    from triage.judging.bookkeeping.purse import MoneyLimitError
    from triage.judging.calls.connecting import connect_judge
    from triage.judging.panel import Judge, Mode, Price, See
    from triage.judging.reading import read_panel
    from triage.judging.service import Judging

__all__ = [
    "Judge",
    "Judging",
    "Ledger",
    "Mode",
    "MoneyLimitError",
    "Price",
    "See",
    "connect_judge",
    "current",
    "read_panel",
]

if not TYPE_CHECKING:  # a type checker must see which names there are
    __getattr__ = late(
        __name__,
        {
            "active": ("current",),
            "bookkeeping.ledger": ("Ledger",),
            "panel": ("Judge", "Mode", "Price", "See"),
            "reading": ("read_panel",),
            "bookkeeping.purse": ("MoneyLimitError",),
            "calls.connecting": ("connect_judge",),
            "service": ("Judging",),
        },
    )
