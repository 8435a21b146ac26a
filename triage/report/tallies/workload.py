"""Tells how far the queue is, and when it ends at the pace of the latest days."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from triage.report.figures import Estimate
from triage.report.work_figures import ExpertCount, Forecast, QueueCount, QueueFigures
from triage.store.labelling import queue
from triage.store.labelling.queue import State
from triage.store.people.experts import Expert

DAYS: Final = 14
"""The latest days that tell the pace: older work had other experts and other steps."""
FEWEST_DAYS: Final = 3
"""Days of work below which no end is foretold."""
_TAIL: Final = 0.025
_HOUR: Final = 3600.0
_DAY: Final = timedelta(days=1)


def queue_figures(connection: Connection) -> QueueFigures:
    """Count the queue by state, domain and first reason, and the answers by expert."""
    counts = queue.counts(connection)
    answered, skipped = queue.answered_by(connection), queue.skipped_by(connection)
    states: Counter[str] = Counter({state.value: 0 for state in State})
    domains: defaultdict[str, Counter[str]] = defaultdict(Counter)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in counts:
        states[one.state.value] += one.steps
        domains[one.domain][one.state.value] += one.steps
        # a step that is settled has often lost the reason it was asked for
        if one.state is not State.SETTLED:
            reasons[one.reason or ""][one.state.value] += one.steps
    names = sorted({*answered, *skipped})
    return QueueFigures(
        states=states,
        domains=domains,
        reasons=reasons,
        experts={
            name: ExpertCount(answered=answered.get(name, 0), skipped=skipped.get(name, 0))
            for name in names
        },
        counts=tuple(QueueCount(**one._asdict()) for one in counts),
    )


def forecasts(
    counted: QueueFigures,
    given: Iterable[tuple[str, datetime]],
    experts: Sequence[Expert],
    pace: Estimate,
    now: datetime,
) -> tuple[Forecast, ...]:
    """When the queue ends: of all domains together first, then of each.

    Args:
        given: The domain and the time of every standing verdict.
        pace: Seconds that a verdict takes.
    """
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for domain, at in given:
        times[domain].append(at)
    everything = [at for of_domain in times.values() for at in of_domain]
    total = sum((Counter(states) for states in counted.domains.values()), Counter[str]())
    rows: list[tuple[str | None, Counter[str], Sequence[datetime]]] = [(None, total, everything)]
    rows += [(name, Counter(counted.domains[name]), times[name]) for name in counted.domains]
    working = [one for one in experts if one.revoked_at is None]
    return tuple(
        _forecast(
            domain,
            states,
            sum(domain is None or one.may_judge(domain) for one in working),
            pace,
            daily(at, now),
        )
        for domain, states, at in rows
    )


def daily(times: Sequence[datetime], now: datetime) -> list[int]:
    """Verdicts in each of the latest spans of 24 hours, newest first, since the first one.

    At most `DAYS`. A span that began before the first verdict is left out: nobody had begun.
    """
    past = [at for at in times if at <= now]
    if not past:
        return []
    whole = (now - min(past)) // _DAY
    counts = Counter((now - at) // _DAY for at in past)
    return [counts[day] for day in range(min(whole, DAYS))]


def _forecast(
    domain: str | None, states: Counter[str], experts: int, pace: Estimate, days: Sequence[int]
) -> Forecast:
    settled = states[State.SETTLED.value]
    waiting = states.total() - settled
    per_day = _per_day(days)
    return Forecast(
        domain=domain,
        settled=settled,
        open=waiting,
        experts=experts,
        hours=_scaled(pace, waiting / _HOUR),
        per_day=per_day,
        days=_days(waiting, per_day),
    )


def _per_day(days: Sequence[int]) -> Estimate:
    """The mean with Student's interval: days differ by more than chance, as people do."""
    count = len(days)
    if count < FEWEST_DAYS:
        return Estimate(value=None, n=count)
    mean = sum(days) / count
    variance = sum((one - mean) ** 2 for one in days) / (count - 1)
    if not variance:
        return Estimate(value=mean, n=count)
    # imported late: the command line must start without it
    from scipy.stats import t

    half = float(t.isf(_TAIL, count - 1)) * (variance / count) ** 0.5
    return Estimate(value=mean, low=max(0.0, mean - half), high=mean + half, n=count)


def _days(waiting: int, per_day: Estimate) -> Estimate:
    if not waiting:
        return Estimate(value=0.0, n=per_day.n)
    if not per_day.value:
        return Estimate(value=None, n=per_day.n)
    # a pace that may be none has no last day
    high = waiting / per_day.low if per_day.low else None
    low = waiting / per_day.high if per_day.high else None
    return Estimate(value=waiting / per_day.value, low=low, high=high, n=per_day.n)


def _scaled(one: Estimate, by: float) -> Estimate:
    def times(value: float | None) -> float | None:
        return None if value is None else value * by

    return Estimate(value=times(one.value), low=times(one.low), high=times(one.high), n=one.n)
