"""The plain cut: plan, draw, certificate, and what it refuses."""

import hashlib
import itertools
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from triage.errors import UsageError
from triage.guarantee import (
    CertificateError,
    CutPlan,
    certify,
    draw,
    fewest_labels,
    plan_cut,
    rank_order,
    verify,
)
from triage.guarantee.procedures.exact import exact_share, percent_above


def usual(labels: int = 1_500) -> CutPlan:
    return plan_cut(items=20_000, alpha=0.02, delta=0.05, coverage=0.69, labels=labels)


def test_plan_follows_the_formulas() -> None:
    plan = usual()
    assert (plan.zone, plan.budget, plan.labels) == (15_870, 276, 1_500)
    tail = [hypergeom.cdf(k, plan.zone, plan.budget + k + 1, 1_500) for k in range(40)]
    assert plan.stop_at_error == next(k for k, chance in enumerate(tail) if chance > 0.05)


@settings(max_examples=80, deadline=None)
@given(
    items=st.integers(1, 400),
    alpha=st.floats(0.005, 0.6),
    delta=st.floats(0.01, 0.4),
    coverage=st.floats(0.05, 1.0),
    share=st.floats(0.01, 1.0),
)
def test_stop_is_the_first_untenable_error(
    items: int, alpha: float, delta: float, coverage: float, share: float
) -> None:
    whole = plan_cut(items=items, alpha=alpha, delta=delta, coverage=coverage, labels=1)
    labels = max(1, int(share * whole.zone))
    plan = plan_cut(items=items, alpha=alpha, delta=delta, coverage=coverage, labels=labels)
    possible = range(min(labels, plan.zone - plan.budget - 1) + 1)
    # where a chance is delta itself, its last bits decide, and both answers are right
    allowed = set()
    for bound in (delta * (1 - 1e-9), delta * (1 + 1e-9)):
        chances = {k: hypergeom.cdf(k, plan.zone, plan.budget + k + 1, labels) for k in possible}
        untenable = [k for k, chance in chances.items() if chance > bound]
        allowed.add(untenable[0] if untenable else labels + 1)
    assert plan.stop_at_error in allowed


def test_a_chance_that_is_delta_itself_is_allowed() -> None:
    # 4 of 5 drawn miss a single error with chance 1/5, which is not more than delta
    plan = plan_cut(items=5, alpha=0.001, delta=0.2, coverage=0.7, labels=4)
    assert plan.stop_at_error == 1
    assert fewest_labels(5, 0, 0.2) == 4
    assert plan_cut(items=20, alpha=0.01, delta=0.05, labels=19, target="total").can_certify


def test_the_chance_of_a_broken_promise_by_counting_all_samples() -> None:
    """Every sample for every place of the errors: no simulation, and no formula of ours."""
    for items, labels, alpha, delta in (
        (1, 1, 0.5, 0.1), (2, 1, 0.5, 0.5), (3, 2, 0.4, 0.35), (6, 3, 0.2, 0.5), (7, 4, 0.3, 0.2),
        (7, 6, 0.001, 0.15), (6, 6, 0.1, 0.05),
    ):  # fmt: skip
        for target in ("selective", "total"):
            plan = plan_cut(
                items=items, alpha=alpha, delta=delta, coverage=0.9, labels=labels, target=target
            )
            samples = list(itertools.combinations(range(plan.zone), labels))
            for places in range(2**plan.zone):
                wrong = {rank for rank in range(plan.zone) if places >> rank & 1}
                broken = 0
                for drawn in samples:
                    found = [rank for rank in drawn if rank in wrong]
                    stop = plan.stop_at_error
                    accepted = found[stop - 1] if 0 < stop <= len(found) else plan.zone * bool(stop)
                    left = sum(rank < accepted for rank in wrong - set(drawn))
                    broken += left > plan.budget
                assert broken <= delta * len(samples) + 1e-9


@given(share=st.floats(1e-9, 1.0))
def test_what_people_read_is_never_smaller_than_the_promise(share: float) -> None:
    told = percent_above(share)
    assert told.endswith("%")
    read = Fraction(told[:-1]) / 100
    assert exact_share(share) <= read <= exact_share(share) * Fraction(11, 10)


def test_claims_round_up_and_say_what_an_error_is() -> None:
    plan = plan_cut(items=2_000, alpha=0.05, delta=0.004, coverage=0.7, labels=200)
    clean = dict.fromkeys(draw(plan, 7), False)
    claim = certify(plan, 7, clean).claim
    assert "fails in at most 0.4% of draws" in claim
    assert "share of wrong labels in these steps is at most 5%" in claim
    assert "valid" not in claim
    validity = certify(plan, 7, clean, bindings={"promised": "validity"}).claim
    assert "wrongly taken as valid or invalid" in validity
    assert "wrong labels" not in validity
    whole = plan_cut(items=9, alpha=0.5, delta=0.5, labels=9, target="total")
    seen = certify(whole, 7, dict.fromkeys(draw(whole, 7), False))
    assert not seen.certified
    assert "nothing rests on the machine" in seen.claim


def test_fewest_labels_is_where_certifying_becomes_possible() -> None:
    needed = usual(1).fewest_labels
    assert needed == fewest_labels(15_870, 276, 0.05)
    assert usual(needed).can_certify
    assert not usual(needed - 1).can_certify
    assert usual(needed - 1).stop_at_error == 0


def test_draw_can_be_recomputed_from_sha256_alone() -> None:
    plan = plan_cut(items=50, alpha=0.2, delta=0.1, coverage=0.6, labels=20)
    words = []
    for counter in range(10):
        digest = hashlib.sha256(f"triage-draw/1|batch|1|7|{counter}".encode()).digest()
        words += [int.from_bytes(digest[at : at + 8], "big") for at in range(0, 32, 8)]
    deck = list(range(plan.zone))
    for place in range(plan.labels):  # no word of these forty is near 2**64: none is passed over
        other = place + words[place] % (plan.zone - place)
        deck[place], deck[other] = deck[other], deck[place]
    assert draw(plan, 7) == deck[: plan.labels]
    assert draw(plan, 8) != draw(plan, 7)


def test_draw_is_uniform_over_ranks_and_pairs() -> None:
    plan = plan_cut(items=10, alpha=0.3, delta=0.3, coverage=0.8, labels=3)
    assert plan.zone == 10
    seen = np.zeros((10, 10))
    for seed in range(4_000):
        ranks = draw(plan, seed)
        seen[np.ix_(ranks, ranks)] += 1
    singles, pairs = np.diag(seen), seen[np.triu_indices(10, 1)]
    assert np.abs(singles - 1_200).max() < 4.5 * np.sqrt(4_000 * 0.3 * 0.7)
    assert np.abs(pairs - 4_000 / 15).max() < 4.5 * np.sqrt(4_000 / 15)


def test_strata_and_attempts_draw_apart() -> None:
    one, two, again = (
        plan_cut(items=900, alpha=0.1, delta=0.1, coverage=0.6, labels=50, **named)
        for named in ({"stratum": "a"}, {"stratum": "b"}, {"stratum": "a", "attempts": 2})
    )
    assert draw(one, 1) != draw(two, 1)
    assert again.delta == one.delta


@pytest.mark.parametrize("attempts", [2, 5])
def test_every_declared_attempt_has_its_part_of_delta_alone(attempts: int) -> None:
    def planned(delta: float, attempts: int = 1, attempt: int = 1) -> CutPlan:
        return plan_cut(
            items=9_000, alpha=0.05, delta=delta, coverage=0.6, labels=500,
            attempts=attempts, attempt=attempt,
        )  # fmt: skip

    shared, own = planned(0.1, attempts), planned(0.1 / attempts)
    assert shared.stop_at_error == own.stop_at_error < planned(0.1).stop_at_error
    assert shared.fewest_labels == own.fewest_labels > planned(0.1).fewest_labels
    last = planned(0.1, attempts, attempts)
    assert last.stop_at_error == shared.stop_at_error
    assert draw(last, 1) != draw(shared, 1), "the next attempt labels other steps"


def test_cut_ends_before_the_stopping_error() -> None:
    plan = usual()
    drawn = sorted(draw(plan, 3))
    wrong = set(drawn[100 : 100 + plan.stop_at_error + 5])
    certificate = certify(plan, 3, {rank: rank in wrong for rank in drawn})
    stop = sorted(wrong)[plan.stop_at_error - 1]
    assert certificate.accepted == stop
    assert certificate.machine_only == stop - sum(rank < stop for rank in drawn)
    assert certificate.wrong_at_most == plan.budget == 276
    assert certificate.share_wrong_at_most == pytest.approx(276 / certificate.machine_only)
    assert not certificate.certified
    assert "NOT shown" in certificate.claim


def test_no_error_only_errors_and_too_small_a_sample_are_defined() -> None:
    plan = usual()
    clean = certify(plan, 7, dict.fromkeys(draw(plan, 7), False))
    assert (clean.accepted, clean.certified) == (plan.zone, True)
    assert clean.machine_only == plan.zone - plan.labels
    ruined = certify(plan, 7, dict.fromkeys(draw(plan, 7), True))
    assert ruined.accepted == sorted(draw(plan, 7))[plan.stop_at_error - 1]
    assert not ruined.certified
    tiny = usual(20)
    nothing = certify(tiny, 7, dict.fromkeys(draw(tiny, 7), False))
    assert (tiny.stop_at_error, nothing.accepted, nothing.certified) == (0, 0, False)
    assert "nothing is accepted" in nothing.claim


def test_total_promise_counts_the_whole_batch() -> None:
    plan = plan_cut(items=1_000, alpha=0.05, delta=0.05, labels=200, target="total")
    assert (plan.zone, plan.budget) == (1_000, 50)
    certificate = certify(plan, 1, dict.fromkeys(draw(plan, 1), False))
    assert certificate.certified
    assert certificate.share_wrong_at_most == pytest.approx(50 / 800)
    shorter = plan_cut(items=1_000, alpha=0.05, delta=0.05, labels=200, target="total", zone=700)
    assert (shorter.zone, shorter.budget) == (700, 50)


@pytest.mark.parametrize(
    "wrong",
    [
        {"alpha": 0.0}, {"alpha": 1.0}, {"alpha": float("nan")}, {"delta": -0.1}, {"coverage": 0.0},
        {"coverage": 1.2}, {"coverage": None}, {"coverage": float("nan")}, {"items": 0},
        {"items": 10.5}, {"labels": 0}, {"labels": 15_871}, {"labels": True}, {"target": "both"},
        {"attempts": 1, "attempt": 2}, {"zone": 20_001}, {"zone": 100},
    ],
)  # fmt: skip
def test_plan_refuses_what_cannot_be(wrong: dict[str, object]) -> None:
    given: dict[str, object] = {
        "items": 20_000, "alpha": 0.02, "delta": 0.05, "coverage": 0.69, "labels": 1_500,
    }  # fmt: skip
    with pytest.raises(UsageError):
        plan_cut(**(given | wrong))  # type: ignore[arg-type]


def test_certify_refuses_any_other_labels() -> None:
    plan = plan_cut(items=500, alpha=0.1, delta=0.1, coverage=0.7, labels=60)
    right = dict.fromkeys(draw(plan, 1), False)
    stranger = next(rank for rank in range(plan.zone) if rank not in right)
    fewer = dict(list(right.items())[1:])
    with pytest.raises(UsageError, match="no label"):
        certify(plan, 1, fewer)
    with pytest.raises(UsageError, match="not drawn"):
        certify(plan, 1, right | {stranger: False})
    with pytest.raises(UsageError, match="no label"):
        certify(plan, 1, fewer | {stranger: False})
    with pytest.raises(UsageError, match="no label"):
        certify(plan, 2, right)
    for odd in (None, float("nan"), "yes", 2):
        with pytest.raises(UsageError, match="say True"):
            certify(plan, 1, right | {next(iter(right)): odd})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="seed"):
        certify(plan, 1.5, right)  # type: ignore[arg-type]


def certificate_text(seed: int = 7) -> str:
    plan = plan_cut(items=2_000, alpha=0.05, delta=0.05, coverage=0.7, labels=180)
    ranks = draw(plan, seed)
    labels = {rank: rank == ranks[0] for rank in ranks}
    return certify(plan, seed, labels, bindings={"batch": "ab12"}).model_dump_json()


def test_verify_accepts_the_original() -> None:
    text = certificate_text()
    assert verify(text).model_dump_json() == text
    assert len(text) < 2_000


EDITS: list[tuple[str, object]] = [
    ("accepted", 1_609), ("machine_only", 1_500), ("wrong_at_most", 1), ("certified", False),
    ("share_wrong_at_most", 0.001), ("errors", []), ("seed", 8), ("seed", "7"), ("digest", "0"),
    ("bindings", {"batch": "ab13"}), ("bindings", {}), ("plan.alpha", 0.01), ("plan.delta", 0.5),
    ("plan.stop_at_error", 900), ("plan.budget", 5), ("plan.zone", 2_000), ("plan.items", 2_001),
    ("plan.labels", 179), ("plan.attempts", 2), ("plan.stratum", "other"), ("extra", 1),
    ("plan.target", "total"), ("schema_version", 2), ("errors", [1.5]), ("plan.coverage", 0.71),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), EDITS)
def test_verify_refuses_an_edited_certificate(field: str, value: object) -> None:
    record = json.loads(certificate_text())
    where = record
    *path, last = field.split(".")
    for part in path:
        where = where[part]
    assert where.get(last) != value
    where[last] = value
    with pytest.raises(CertificateError):
        verify(json.dumps(record))


@pytest.mark.parametrize("field", ["budget", "stop_at_error"])
def test_verify_plans_anew_whatever_a_certificate_says_of_its_plan(field: str) -> None:
    """Forged with care: all that follows from the plan, and the digest, fit what was changed."""
    plan = plan_cut(items=2_000, alpha=0.05, delta=0.05, coverage=0.7, labels=180)
    forged = plan.model_copy(update={field: getattr(plan, field) + 1})
    labels = {rank: place < 6 for place, rank in enumerate(draw(plan, 7))}
    text = certify(forged, 7, labels).model_dump_json()
    with pytest.raises(CertificateError, match="plan does not follow"):
        verify(text)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"plan": 3}', "\x00", "NaN"])
def test_verify_refuses_what_is_no_certificate(text: str) -> None:
    with pytest.raises(CertificateError):
        verify(text)


def test_a_made_up_certificate_keeps_nobody_waiting() -> None:
    record = json.loads(certificate_text())
    record["plan"] |= {"items": 10**12, "zone": 10**12, "labels": 10**12}
    with pytest.raises(CertificateError, match="no more than"):
        verify(json.dumps(record))


def test_ties_are_broken_by_a_frozen_hash() -> None:
    keys = [f"t{step}" for step in range(200)]
    order = rank_order([0.5] * 200, keys, salt="frozen")
    assert sorted(order) == list(range(200))
    assert order != list(range(200))
    turned = rank_order([0.5] * 200, keys[::-1], salt="frozen")
    assert [keys[step] for step in order] == [keys[::-1][step] for step in turned]
    assert rank_order([0.5] * 200, keys, salt="other") != order
    assert rank_order([0.3, 0.1, 0.2], ["a", "b", "c"], salt="s") == [1, 2, 0]


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_ranking_refuses_scores_that_are_no_numbers(score: float) -> None:
    with pytest.raises(UsageError, match="finite"):
        rank_order([0.1, score], ["a", "b"], salt="s")
    with pytest.raises(UsageError, match="share a key"):
        rank_order([0.1, 0.2], ["a", "a"], salt="s")
    with pytest.raises(UsageError, match="one key"):
        rank_order([0.1, 0.2], ["a"], salt="s")
