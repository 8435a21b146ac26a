"""The queue's order: cost for time, ageing, variety."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.deciding.order import AGEING, COSTS, Waiting, Worth, choose, in_order, turn, value_of
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
    now = 1e9
    fresh = [Waiting(turn(5.0, now), at) for at in range(3)]
    assert in_order([*fresh, Waiting(turn(1.0, now - 3 * AGEING), "old")])[0] == 3
    assert in_order([*fresh, Waiting(turn(1.0, now - 2 * AGEING), "old")])[-1] == 3


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1e8), st.floats(0, 1e8))
def test_a_place_stands_for_the_value_and_the_time(
    one: float, other: float, since: float, later: float
) -> None:
    place = turn(one, since)
    assert value_of(place, since) == pytest.approx(one, rel=1e-6)
    # who waits gains: the same value in another trace's place
    assert turn(value_of(place, later), later) == pytest.approx(place, abs=1e-6)
    assert (turn(other, since) < place) == (other > one) or one == pytest.approx(other)


def test_the_last_open_step_of_a_trace_comes_sooner() -> None:
    worth = Worth(seconds=60)
    value = worth.value(SHARES, Label.NECESSARY, urgent=False)
    assert worth.value(SHARES, Label.NECESSARY, urgent=False, last=True) > value


def test_problems_alternate_among_equals_but_cost_prevails() -> None:
    same = [
        Waiting(turn(value, 0), problem) for value, problem in ((1, "a"), (1, "a"), (0.95, "b"))
    ]
    assert in_order(same) == [0, 2, 1]
    worth = [Waiting(turn(value, 0), problem) for value, problem in ((9, "a"), (8, "a"), (1, "b"))]
    assert in_order(worth) == [0, 1, 2]


def test_a_problem_seen_often_is_worth_half_at_least() -> None:
    waiting = [Waiting(turn(1.0, 0), "a"), Waiting(turn(0.49, 0), "b")]
    assert choose(waiting, ["a"] * 100) == 0
    assert choose([waiting[0], Waiting(turn(0.51, 0), "b")], ["a"] * 100) == 1


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 3)), max_size=100))
def test_every_step_has_its_place(made: list[tuple[float, int]]) -> None:
    waiting = [Waiting(place, problem) for place, problem in made]
    assert sorted(in_order(waiting)) == list(range(len(waiting)))
