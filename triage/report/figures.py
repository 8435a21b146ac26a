"""The figures of a report, as frozen records that serialise to JSON.

A value is None where there is nothing to measure: no data is not a zero. Intervals hold 95 %; their
ends are None where the data can't tell how far chance may have moved the value.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from triage.agreement import Panel
from triage.calibration import Bin
from triage.evaluate import RateWithInterval
from triage.records import Record


class Estimate(Record):
    """A measured value with its interval; `n` says on how many steps or verdicts it rests."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = Field(ge=0)


class Place(StrEnum):
    """Where a step is now; every step is in exactly one place."""

    PEOPLE = "people"
    """People decided it."""
    ASKED = "asked"
    """Doubtful or disputed, and waiting for an expert."""
    SAMPLE = "sample"
    """In a blind sample or audit, and waiting for an expert."""
    ACCEPTED = "accepted"
    """Accepted by a signed certificate without a human label."""
    CLEAR = "clear"
    """Clear, and waiting for a certificate."""
    BEHIND = "behind"
    """Waiting on the verdict on another step of its trace."""


class Flow(Record):
    """Where the steps of a domain are; `domain` is None for all of them."""

    domain: str | None
    steps: int
    places: Mapping[Place, int]


class ReasonFigures(Record):
    """One kind of doubt or dispute.

    Attributes:
        steps: Steps with this reason; a step can have several.
        decided: Those of them that people decided.
        machine_wrong: Of the decided ones on which the machine had an opinion, those on which
            people differ from it.
        sources: The sources that are parties to it, with the number of steps.
    """

    code: str
    steps: int
    decided: int
    machine_wrong: RateWithInterval
    domains: Mapping[str, int]
    sources: Mapping[str, int]


class Effort(Record):
    """Expert time and money, against one verdict on every step.

    Attributes:
        assumed: Whether the seconds a verdict are an assumption, as too few were measured.
        breaks: Verdicts that took longer than a lease: left out of the mean as breaks.
        spent_hours: Hours that all verdicts so far took.
        open_steps: Steps that wait for an expert now.
        hourly_rate: What an expert's hour costs in USD; None if nobody said.
        sources_usd: What each plugin was paid.
    """

    seconds_per_verdict: Estimate
    assumed: bool
    verdicts: int
    breaks: int
    steps: int
    decided_steps: int
    open_steps: int
    spent_hours: Estimate
    open_hours: Estimate
    everything_hours: Estimate
    hourly_rate: float | None
    sources_usd: Mapping[str, float]


class Population(StrEnum):
    """Whose labels a quality rests on; they are never mixed, as each was chosen in its own way."""

    BLIND = "blind"
    """Clear steps drawn at random for a blind label."""
    ASKED = "asked"
    """Steps that people decided because they were doubtful or disputed."""
    INPUT = "input"
    """Steps whose labels came with the input."""


class BinFigures(Bin):
    """A bin of displayed probabilities with the interval of the share that was right."""

    right_low: float | None
    right_high: float | None


class CurveFigures(Record):
    """The error among the safest steps, where so large a share of all is taken from the machine."""

    coverage: float
    risk: RateWithInterval


class Quality(Record):
    """The machine against one kind of labels.

    Attributes:
        wrong: Steps on which the machine's label (its validity, where no label is known) is wrong.
        silent: Labelled steps on which the machine has no opinion; they count nowhere else.
        confusion: By the machine's word, how often people used which.
    """

    population: Population
    steps: int
    traces: int
    silent: int
    wrong: RateWithInterval
    ece: Estimate
    brier: Estimate
    aurc: Estimate
    bins: tuple[BinFigures, ...]
    curve: tuple[CurveFigures, ...]
    confusion: Mapping[str, Mapping[str, int]]


class PanelFigures(Record):
    """The judges as a panel, with intervals of what sums it up.

    Attributes:
        alike: Whether the judges say the same on every labelled step, as they do on clear ones:
            how their errors correlate elsewhere can't be told then, and nothing is said of it.
    """

    panel: Panel
    alike: bool
    accuracy: Mapping[str, RateWithInterval]
    mean_correlation: Estimate
    effective: Estimate


class CertificateFigures(Record):
    """One batch that was planned, drawn or signed.

    Attributes:
        labelled: Steps of the blind sample that are done; None before the draw.
        lacks: What the other steps of the sample lack, with the number of steps.
        claim: The promise in one sentence; None where nothing was signed.
        wrong_at_most: Bound on the share of wrong labels; None where nothing was signed.
    """

    name: str
    stratum: str
    state: str
    promised: str
    alpha: float
    delta: float
    items: int
    labels: int
    labelled: int | None
    lacks: Mapping[str, int]
    errors: int | None
    accepted: int | None
    machine_only: int | None
    wrong_at_most: float | None
    claim: str | None
    note: str


class BlamedSource(Record):
    """A source's part in the errors that audits found: backed them, knew better, or silent."""

    source: str
    backed: int
    knew: int
    silent: int


class AuditFigures(Record):
    """The hidden audits of one certificate.

    Attributes:
        undone: Audits with a label that need another before they count; most of them differ from
            the machine, as the others are done with one label.
        trail: Errors found after each answered audit, in order.
        evidence: The detector's statistic; an alarm is raised at `alarm_at`.
        blame: Who was behind the errors since the rise most likely began.
    """

    certificate: str
    stratum: str
    promised_share: float
    drawn: int
    answered: int
    undone: int
    wrong: RateWithInterval
    trail: tuple[int, ...]
    evidence: float
    alarm_at: float
    alarm: bool
    blame: tuple[BlamedSource, ...]
