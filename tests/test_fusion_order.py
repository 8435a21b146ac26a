"""The queue's order: cost for time, ageing, variety."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.order import COSTS, Waiting, Worth, in_order
from triage.records import LABELS, Label

SHARES = dict(zip(LABELS, (0.7, 0.1, 0.15, 0.05), strict=True))


def test_the_value_is_the_expected_cost_per_minute() -> None:
    value = Worth(seconds=60).value(SHARES, Label.NECESSARY, urgent=False)
    assert value == pytest.approx(0.1 * 1 + 0.15 * 5 + 0.05 * 3)
    half = Worth(seconds=120).value(SHARES, Label.NECESSARY, urgent=False)
    assert half == pytest.approx(value / 2)
    assert Worth(seconds=60).value(SHARES, Label.NECESSARY, urgent=True) > value


def test_costs_can_be_edited() -> None:
    costs = {**COSTS, Label.NECESSARY: {Label.INCORRECT: 100.0}}
    value = Worth(costs, 60).value(SHARES, Label.NECESSARY, urgent=False)
    assert value == pytest.approx(15)


def test_what_waits_comes_up_in_the_end() -> None:
    fresh = [Waiting(5.0, at) for at in range(3)]
    assert in_order([*fresh, Waiting(1.0, "old", waited=10 * 86_400)])[0] == 3


def test_the_last_open_step_of_a_trace_comes_sooner() -> None:
    assert in_order([Waiting(1.0, 1), Waiting(0.8, 2, last=True)]) == [1, 0]


def test_problems_alternate_among_equals_but_cost_prevails() -> None:
    same = [Waiting(1.0, "a"), Waiting(1.0, "a"), Waiting(0.95, "b")]
    assert in_order(same) == [0, 2, 1]
    assert in_order([Waiting(9.0, "a"), Waiting(8.0, "a"), Waiting(1.0, "b")]) == [0, 1, 2]


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 3), st.floats(0, 1e6))))
def test_every_step_has_its_place(made: list[tuple[float, int, float]]) -> None:
    waiting = [Waiting(value, problem, waited) for value, problem, waited in made]
    assert sorted(in_order(waiting)) == list(range(len(waiting)))
