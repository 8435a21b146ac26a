"""The figures of the work itself: the queue, how fast it goes, second thoughts, and money."""

from collections.abc import Mapping

from pydantic import Field

from triage.evaluate import RateWithInterval
from triage.records import Record
from triage.report.figures import Estimate


class QueueCount(Record):
    """How many steps of a domain are in a state for a first reason."""

    domain: str
    reason: str | None
    state: str
    steps: int


class ExpertCount(Record):
    """How many standing answers an expert has given, and how many steps passed on."""

    answered: int
    skipped: int


class QueueFigures(Record):
    """The experts' queue in numbers; `triage queue stats` prints these.

    Attributes:
        states: Steps by state.
        domains: Steps by domain and state.
        reasons: Open steps by first reason and state; a step without one has an empty reason.
        counts: What the three sum up.
    """

    states: Mapping[str, int]
    domains: Mapping[str, Mapping[str, int]]
    reasons: Mapping[str, Mapping[str, int]]
    experts: Mapping[str, ExpertCount]
    counts: tuple[QueueCount, ...]


class Forecast(Record):
    """How far a domain's queue is and when it ends; `domain` is None for all together.

    Attributes:
        settled: Steps that people decided.
        open: Steps that wait for at least one verdict.
        experts: People who may judge the domain.
        hours: Expert time to come, at one verdict a step.
        per_day: Verdicts a day over the days that count; `n` is how many those are.
        days: Days to the end at that pace; None where nobody works or it is too early to tell.
    """

    domain: str | None
    settled: int
    open: int
    experts: int
    hours: Estimate
    per_day: Estimate
    days: Estimate


class Switching(Record):
    """What experts did after they had seen what the machine says of a step they had answered.

    Attributes:
        to_machine: Of the answers that differed from the machine's label, those changed to it.
        from_machine: Of the answers that agreed with it, those changed to another label.
    """

    to_machine: RateWithInterval
    from_machine: RateWithInterval


class Reveals(Record):
    """Second thoughts after a reveal: all together, and by expert."""

    overall: Switching
    experts: Mapping[str, Switching]


class JudgeCost(Record):
    """What a judge was paid in a domain; `usd_per_step` is None where it judged none."""

    judge: str
    domain: str
    calls: int = Field(ge=0)
    steps: int = Field(ge=0)
    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    usd: float
    usd_per_step: float | None


class Money(Record):
    """What judges were paid. `--budget` of a run counts both, over all runs on the store.

    Attributes:
        spent_usd: What was paid.
        held_usd: What is set aside for calls whose cost is not known yet.
        job_limit_usd: What the judges of a job may cost at most; None is no limit of the house's.
        prelabel_limit_usd: The same for all calls of `prelabel` together.
    """

    spent_usd: float
    held_usd: float
    job_limit_usd: float | None
    prelabel_limit_usd: float | None
    judges: tuple[JudgeCost, ...]
