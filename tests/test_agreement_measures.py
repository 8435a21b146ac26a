"""The measures of agreement, against published examples and other implementations."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.agreement import (
    Ratings,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    measure_all,
    percent_agreement,
)
from triage.agreement.measures import Resampling

QUICK = Resampling(resamples=200)


def of_rows(rows: list[list[Any]]) -> Ratings:
    """Items by raters; None where a rater was silent."""
    return Ratings.of(
        (item, f"r{rater}", value)
        for item, row in enumerate(rows)
        for rater, value in enumerate(row)
        if value is not None
    )


def of_counts(counts: list[list[int]]) -> Ratings:
    """Items by categories: how many of always as many raters chose which."""
    rows: list[list[Any]] = [
        [k for k, count in enumerate(row) for _ in range(count)] for row in counts
    ]
    return of_rows(rows)


# Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), example C: nominal 0.743
KRIPPENDORFF_C: list[list[Any]] = [
    [1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1],
    [None, None, 3, None],
]  # fmt: skip

# Fleiss (1971) as worked on Wikipedia: 10 items, 14 raters, 5 categories: 0.210
FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def crossed(table: list[list[int]]) -> Ratings:
    return of_rows([[a, b] for a, row in enumerate(table) for b, n in enumerate(row)
                    for _ in range(n)])  # fmt: skip


def test_krippendorffs_own_example() -> None:
    assert krippendorff_alpha(of_rows(KRIPPENDORFF_C)).value == pytest.approx(0.743, abs=5e-4)


def test_fleiss_own_example() -> None:
    assert fleiss_kappa(of_counts(FLEISS)).value == pytest.approx(0.210, abs=5e-4)


def test_cohens_kappa_by_hand() -> None:
    # 50 grants: both yes 20, both no 15; agreement .7, chance .5
    ratings = crossed([[20, 5], [10, 15]])
    assert percent_agreement(ratings).value == pytest.approx(0.7)
    assert cohen_kappa(ratings).value == pytest.approx(0.4)


def test_gwets_ac1_where_kappa_breaks_down() -> None:
    # 118 of 125 alike in one category, 7 apart: kappa is below zero, AC1 is not fooled
    ratings = crossed([[118, 5], [2, 0]])
    yes = (118 / 125) + (7 / 125) / 2
    chance = 2 * yes * (1 - yes)
    assert gwet_ac1(ratings).value == pytest.approx((118 / 125 - chance) / (1 - chance))
    kappa = cohen_kappa(ratings).value
    assert kappa is not None
    assert kappa < 0


def test_other_implementations_agree() -> None:
    krippendorff = pytest.importorskip("krippendorff")
    random = np.random.default_rng(5)
    for _ in range(20):
        truth = random.integers(0, 4, size=60)
        codes = np.where(random.random((60, 4)) < 0.6, truth[:, None],
                         random.integers(0, 4, size=(60, 4))).astype(float)  # fmt: skip
        codes[random.random((60, 4)) < 0.3] = np.nan
        rows = [[None if np.isnan(v) else int(v) for v in row] for row in codes]
        expected = krippendorff.alpha(codes.T, level_of_measurement="nominal")
        assert krippendorff_alpha(of_rows(rows), QUICK).value == pytest.approx(expected)


@pytest.mark.parametrize(
    "rows",
    [[], [["a"]], [["a"], ["b"]], [["a", None], [None, "b"]]],
    ids=["nothing", "one rating", "one rater", "no overlap"],
)
def test_nothing_to_compare_is_undefined(rows: list[list[Any]]) -> None:
    assert all(it.value is None for it in measure_all(of_rows(rows)).values())


def test_one_category_leaves_nothing_beyond_chance() -> None:
    measured = measure_all(of_rows([["a", "a"]] * 9))
    assert measured.pop("percent").value == 1
    assert all(it.value is None for it in measured.values())


def test_perfect_agreement_is_one_without_an_interval() -> None:
    for it in measure_all(of_rows([["a", "a"], ["b", "b"], ["c", "c"]] * 5)).values():
        assert it.value == pytest.approx(1)
        assert it.low is None


def test_intervals_hold_the_truth_and_repeat_with_their_seed() -> None:
    held = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        truth = random.integers(0, 2, size=150)
        codes = np.where(random.random((150, 2)) < 0.8, truth[:, None], 1 - truth[:, None])
        ratings = of_rows(codes.tolist())
        found = cohen_kappa(ratings, Resampling(resamples=300, seed=seed))
        assert found == cohen_kappa(ratings, Resampling(resamples=300, seed=seed))
        assert found.low is not None
        assert found.high is not None
        # agreement .68 against chance .5
        held += found.low <= 0.36 <= found.high
    assert held >= 34


def test_steps_of_one_trace_are_resampled_together() -> None:
    random = np.random.default_rng(1)
    same = np.repeat(random.random(40) < 0.5, 10)
    rows = [(step, "a", "x" if step % 2 else "y") for step in range(400)]
    rows += [(s, "b", v if same[s] else ("y" if v == "x" else "x")) for s, _, v in rows]
    alone = percent_agreement(Ratings.of(rows))
    together = percent_agreement(Ratings.of(rows, ((s, s // 10) for s in range(400))))
    assert alone.value == together.value
    widths = [(it.high or 0) - (it.low or 0) for it in (alone, together)]
    assert widths[1] > 2 * widths[0]


CELL = st.sampled_from(["a", "b", "c", None])


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=12))
def test_any_table_gives_values_in_range_and_no_nan(rows: list[list[str | None]]) -> None:
    for it in measure_all(of_rows(rows), Resampling(resamples=20)).values():
        for value in (it.value, it.low, it.high):
            assert value is None or -1.0000001 <= value <= 1.0000001


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=12))
def test_names_of_categories_and_order_of_items_do_not_matter(rows: list[list[Any]]) -> None:
    renamed = [[{"a": "z", "b": "y", "c": "x"}.get(v) for v in row] for row in reversed(rows)]
    none = Resampling(resamples=0)
    one, other = measure_all(of_rows(rows), none), measure_all(of_rows(renamed), none)
    assert {k: v.value for k, v in one.items()} == pytest.approx(
        {k: v.value for k, v in other.items()}
    )
