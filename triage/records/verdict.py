"""What an expert said of a step."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from triage.records.base import Record
from triage.records.labels import Label


class Mode(StrEnum):
    """What the expert had seen of the machine's opinion when the verdict was given."""

    BLIND = "blind"
    REVEAL_AFTER = "reveal-after"
    ASSISTED = "assisted"


class Admitting(StrEnum):
    """What an expert's labels of gold steps are measured by before work in a domain."""

    PERCENT = "percent"
    """Share of the steps with gold's label; of its validity where no more is known."""
    VALIDITY = "validity"
    """Share of the steps with gold's validity."""
    COHEN = "cohen"
    """Cohen's kappa on the steps whose gold is a label."""


class DecidedBy(StrEnum):
    """Whose word is final."""

    MACHINE = "machine"
    EXPERT = "expert"
    ADJUDICATOR = "adjudicator"


class Verdict(Record):
    """One person's label of one step. Only blind verdicts may certify.

    Attributes:
        by: `adjudicator` where it resolves a dispute between experts, and so ends it.
    """

    trace_id: str = Field(min_length=1)
    step: int = Field(ge=0)
    label: Label
    inherits_error: bool | None = None
    expert: str = Field(min_length=1)
    mode: Mode
    seconds: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    note: str | None = None
    correction: str | None = None
    at: datetime
    by: DecidedBy = DecidedBy.EXPERT
