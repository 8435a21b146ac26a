"""What labels of gold steps amount to, against figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from triage.agreement import Compared, Rule, against_gold
from triage.records import Admitting, Label, Validity

N, R, X, M = Label

LABELS = st.sampled_from(Label)
TRUTHS = st.sampled_from([*Label, *Validity])


def test_labels_validity_and_what_is_mixed_up() -> None:
    found = against_gold(
        [
            Compared(N, N), Compared(R, N), Compared(R, N), Compared(X, X), Compared(M, X),
            Compared(X, Validity.INVALID), Compared(N, Validity.INVALID), Compared(None, M),
        ]
    )  # fmt: skip
    assert (found.steps, found.skipped, found.agree, found.agree_on_validity) == (8, 1, 3, 6)
    assert found.percent.value == 3 / 8
    assert [(one.gold, one.said, one.steps) for one in found.mixed] == [
        (N, R, 2), (X, M, 1), (Validity.INVALID, N, 1),
    ]  # fmt: skip


def test_kappa_of_a_known_table() -> None:
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa is .4
    table = [(N, N, 20), (N, X, 5), (X, N, 10), (X, X, 15)]
    found = against_gold([Compared(a, b) for a, b, count in table for _ in range(count)])
    assert found.cohen.value == pytest.approx(0.4)
    assert found.cohen.low is not None
    assert found.cohen.low < 0.4


@pytest.mark.parametrize(
    ("measure", "above", "lower", "reached"),
    [
        (Admitting.PERCENT, 0.75, False, True),
        (Admitting.PERCENT, 0.76, False, False),
        (Admitting.PERCENT, 0.55, True, False),
        (Admitting.PERCENT, 0.50, True, True),
        (Admitting.VALIDITY, 1.0, False, True),
        (Admitting.COHEN, 0.0, False, True),
        (Admitting.COHEN, 0.99, False, False),
    ],
)
def test_the_rule(measure: Admitting, above: float, lower: bool, reached: bool) -> None:
    """15 of 20 right, all of them on validity; the exact interval begins at .509."""
    found = against_gold([Compared(N, N)] * 10 + [Compared(X, X)] * 5 + [Compared(M, X)] * 5)
    assert found.reaches(Rule(above, measure, lower)) is reached


def test_what_is_not_defined_reaches_nothing() -> None:
    nothing = against_gold([])
    assert nothing.percent.value is None
    assert not nothing.reaches(Rule(0.0, Admitting.PERCENT, lower=False))
    one_label = against_gold([Compared(N, N)] * 20)
    assert not one_label.reaches(Rule(0.0, Admitting.COHEN, lower=False))


@given(st.lists(st.tuples(LABELS | st.none(), TRUTHS), min_size=1, max_size=40))
def test_shares_have_the_exact_interval(pairs: list[tuple[Label | None, Label | Validity]]) -> None:
    found = against_gold([Compared(said, truth) for said, truth in pairs])
    assert found.agree <= found.agree_on_validity <= found.steps - found.skipped
    assert sum(one.steps for one in found.mixed) == found.steps - found.skipped - found.agree
    exact = binomtest(found.agree, found.steps).proportion_ci(0.95, method="exact")
    assert found.percent.low == pytest.approx(exact.low, abs=1e-9)
    assert found.percent.high == pytest.approx(exact.high, abs=1e-9)
