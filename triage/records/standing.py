"""Where a step stands with a certificate: frozen, drawn, accepted, beyond the cut, sent back."""

from datetime import datetime
from enum import StrEnum

from triage.records.base import Record
from triage.records.labels import Label, Validity
from triage.records.trace import Probability


class Promised(StrEnum):
    """What a certificate speaks of, and so what counts as an error."""

    LABEL = "label"
    VALIDITY = "validity"


class Stage(StrEnum):
    """How far a step of a batch is."""

    FROZEN = "frozen"
    """Ranked with its label fixed; waits for the signature."""
    DRAWN = "drawn"
    """In the blind sample of a batch that is not signed yet."""
    ACCEPTED = "accepted"
    WATCHED = "watched"
    """Accepted, and drawn for a hidden audit."""
    BEYOND = "beyond"
    """Beyond the cut of a signed certificate."""
    REFUSED = "refused"
    """Of a batch that could not be certified: nothing is frozen any more."""
    RETURNED = "returned"
    """Accepted once, and sent back by a drift alarm."""


class Standing(Record):
    """What a step's batch says of it.

    Attributes:
        name: The certificate's id where it is signed, else the batch's.
        label: The machine's label, as frozen when the batch was planned; so are the next four.
        priority: Place in the experts' queue of a step that was drawn or is watched, borrowed from
            a step that is asked, so that the two can't be told apart.
        sampled: Whether the step was in the blind sample.
        second: Whether its first blind label needs a second even if it agrees with the machine.
        returned: Whether a drift alarm sent the step back before it came into this batch.
        since: Verdicts given earlier do not count.
        experts: Those whose verdicts count now: known, credentialed, not revoked.
        note: Why a batch was not certified, or what raised the alarm.
    """

    stage: Stage
    name: str
    promised: Promised
    label: Label | None
    validity: Validity
    confidence: Probability | None
    score: Probability
    inherits_error: bool | None = None
    priority: float | None = None
    sampled: bool = False
    second: bool = False
    returned: bool = False
    since: datetime | None = None
    experts: frozenset[str] = frozenset()
    note: str = ""

    @property
    def frozen(self) -> bool:
        """Whether the machine's label is fixed, whatever sources say later."""
        return self.stage not in (Stage.REFUSED, Stage.RETURNED)

    def is_wrong(self, label: Label) -> bool:
        """Whether a true label makes the machine's an error in the sense of the promise."""
        if self.promised is Promised.VALIDITY:
            return label.validity is not self.validity
        return label is not self.label
