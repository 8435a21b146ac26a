"""Panels of judges: asked once, kept for good, within a money limit, and never guessed for."""

from triage.judging.ledger import Ledger
from triage.judging.panel import Judge, Mode, Price, See, read_panel
from triage.judging.purse import MoneyLimitError
from triage.judging.service import Judging, connect_judge, current

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
