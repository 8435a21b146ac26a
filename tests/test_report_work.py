"""Progress, forecast, second thoughts and judges' costs: figures whose truth is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lead_cases import fill, worked
from queue_cases import here

from triage.configuration.settings import Settings
from triage.records import Action, Label, Mode, StepDecision, Validity, Verdict
from triage.report import gather
from triage.report.figures import Estimate
from triage.report.tallies.reveals import RevealTally
from triage.report.tallies.workload import DAYS, FEWEST_DAYS, daily, forecasts
from triage.report.work_figures import QueueFigures
from triage.store.database import open_store
from triage.store.people.experts import Expert

__all__ = ["here"]

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
PACE = Estimate(value=36.0, n=0)


def counted(**domains: dict[str, int]) -> QueueFigures:
    return QueueFigures(states={}, domains=domains, reasons={}, experts={}, counts=())


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_a_steady_pace_tells_the_day() -> None:
    queue = counted(law={"waiting": 90, "split": 10, "settled": 30})
    verdicts = [("law", ago(day + 0.5)) for day in range(6) for _ in range(5)]
    experts = [Expert("ann", ("law",), 0.0, None), Expert("max", ("*",), 0.0, None),
               Expert("bob", ("law",), 0.0, 1.0), Expert("eve", ("art",), 0.0, None)]  # fmt: skip
    everything, law = forecasts(queue, verdicts, experts, PACE, NOW)
    assert (law.settled, law.open, law.experts, everything.experts) == (30, 100, 2, 3)
    assert law.per_day.value == 5.0
    assert law.days.value == 20.0
    assert law.hours.value == 1.0
    assert everything.domain is None
    assert (everything.open, everything.days) == (law.open, law.days)


def test_an_uneven_pace_has_an_interval_and_may_have_no_end() -> None:
    queue = counted(law={"waiting": 60})
    even = [("law", ago(day + 0.5)) for day in range(8) for _ in range(9 + day % 3)]
    uneven = [("law", ago(0.5))] * 40 + [("law", ago(5.5))]
    _, steady = forecasts(queue, even, [], PACE, NOW)
    assert steady.days.low is not None
    assert steady.days.high is not None
    assert steady.days.low < (steady.days.value or 0) < steady.days.high
    _, wild = forecasts(queue, uneven, [], PACE, NOW)
    assert wild.per_day.low == 0.0
    assert wild.days.high is None
    assert wild.days.value is not None


def test_nothing_is_foretold_too_early_or_where_nobody_works() -> None:
    queue = counted(law={"waiting": 9}, art={"waiting": 4}, done={"settled": 4})
    early = [("law", ago(FEWEST_DAYS - 0.5)), ("art", ago(40.0))]
    found = {one.domain: one for one in forecasts(queue, early, [], PACE, NOW)}
    assert found["law"].per_day.value is found["law"].days.value is None
    assert (found["art"].per_day.value, found["art"].days.value) == (0.0, None)
    assert found["done"].days.value == 0.0


@given(st.lists(st.integers(-5_000, 50_000)))
def test_days_count_every_verdict_of_the_whole_ones_once(minutes: list[int]) -> None:
    days = daily([NOW - timedelta(minutes=one) for one in minutes], NOW)
    whole = min(DAYS, max(0, max(minutes, default=0)) // (24 * 60))
    assert len(days) == whole
    assert sum(days) == sum(0 <= one < whole * 24 * 60 for one in minutes)


def decided(step: int, label: Label | None) -> StepDecision:
    return StepDecision(
        step=step, label=label, validity=Validity.VALID, confidence=0.9, score=0.1,
        inherits_error=None,
        action=Action.ASK, reasons=(), priority=1.0,
    )  # fmt: skip


def said(step: int, expert: str, label: Label, mode: Mode = Mode.BLIND) -> Verdict:
    return Verdict(trace_id="t", step=step, label=label, expert=expert, mode=mode, at=NOW)


def test_who_goes_over_to_the_machine_is_counted_by_what_was_said_first() -> None:
    true, other, third = Label.NECESSARY, Label.REDUNDANT, Label.INCORRECT
    after = Mode.REVEAL_AFTER
    tally = RevealTally()
    decisions = [decided(step, true) for step in range(6)] + [decided(6, None)]
    verdicts = [
        said(0, "ann", other), said(0, "ann", true, after),   # over to the machine
        said(1, "ann", other),                                # looked, and kept
        said(2, "ann", other), said(2, "ann", third, after),  # changed, not to the machine
        said(3, "ann", true), said(3, "ann", other, after),   # away from it
        said(4, "bob", true),                                 # agreed, and kept
        said(5, "bob", other),                                # never looked
        said(6, "bob", other), said(6, "bob", true, after),   # the machine has no label
    ]  # fmt: skip
    seen = [(0, "ann"), (1, "ann"), (2, "ann"), (3, "ann"), (4, "bob"), (6, "bob"), (4, "eve")]
    tally.add(decisions, verdicts, seen)
    found = tally.result()
    assert (found.overall.to_machine.count, found.overall.to_machine.of) == (1, 3)
    assert (found.overall.from_machine.count, found.overall.from_machine.of) == (1, 2)
    assert set(found.experts) == {"ann", "bob"}
    assert (found.experts["bob"].from_machine.count, found.experts["bob"].from_machine.of) == (0, 1)
    assert found.experts["bob"].to_machine.share is None


@pytest.mark.usefixtures("here")
def test_a_store_with_a_weeks_work_tells_all_of_it() -> None:
    fill("sqlite:///triage.db")
    engine = open_store("sqlite:///triage.db")
    worked(engine)
    with engine.connect() as connection:
        report = gather(connection, Settings())
        again = gather(connection, Settings())
    assert report.model_dump(exclude={"made_at"}) == again.model_dump(exclude={"made_at"})
    everything, prose = report.forecasts
    assert (
        everything.settled
        == prose.settled
        == sum(states.get("settled", 0) for states in report.queue.domains.values())
    )
    assert everything.per_day.n == 6
    assert everything.days.value is not None
    assert report.reveals.overall.to_machine.of + report.reveals.overall.from_machine.of == 5
    assert report.reveals.experts.keys() == {"bob"}
    costs = {(one.judge, one.domain): one for one in report.money.judges}
    assert costs["judge:b", "prose"].usd == pytest.approx(20 * 0.0075)
    assert costs["judge:b", "prose"].calls == 20
    # one in five calls was about a single step, the others about whole traces
    assert costs["judge:b", "verse"].steps == 4
    assert costs["judge:a", "verse"].usd_per_step == pytest.approx(0.002)
    assert report.money.spent_usd == pytest.approx(24 * (0.002 + 0.0075))
    assert report.money.held_usd == pytest.approx(0.04)
    engine.dispose()
