"""Drift alarms, the streaming promise, second labels and strata."""

import hashlib
import json

import numpy as np
import pytest
from guarantee_orders import allowed

from triage.errors import UsageError
from triage.guarantee import (
    CertificateError,
    CutPlan,
    certify,
    certify_stream,
    choose_plan,
    draw,
    observe_audits,
    plan_cut,
    plan_strata,
    second_labels,
    start_drift,
    start_thresholds,
    verify_stream,
)


def test_drift_from_one_to_six_percent_is_found_fast() -> None:
    rng = np.random.default_rng(3)
    waits, dated = [], []
    for _ in range(120):
        state = observe_audits(start_drift(0.02), rng.random(1_000) < 0.01)
        state = observe_audits(state, rng.random(5_000) < 0.06)
        assert state.alarm
        waits.append(state.audits - 1_000)
        dated.append(state.since)
    assert np.median(waits) <= 210
    assert abs(np.median(dated) - 1_000) < 60


def test_drift_keeps_quiet_at_half_the_promised_risk() -> None:
    rng = np.random.default_rng(4)
    alarms = sum(
        observe_audits(start_drift(0.02), rng.random(5_000) < 0.01).alarm for _ in range(60)
    )
    assert alarms == 0


def test_drift_state_can_be_stored_between_audits() -> None:
    rng = np.random.default_rng(5)
    audits = list(rng.random(400) < 0.05)
    whole = observe_audits(start_drift(0.05), audits)
    half = observe_audits(start_drift(0.05), audits[:150])
    stored = type(half).model_validate_json(half.model_dump_json())
    assert observe_audits(stored, audits[150:]) == whole
    loud = observe_audits(start_drift(0.05), [True] * 20)
    assert loud.alarm
    assert loud.audits < 20  # what follows the alarm is the next detector's
    assert observe_audits(loud, [False] * 500) == loud


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_drift_refuses_bad_numbers(alpha: float) -> None:
    with pytest.raises(UsageError):
        start_drift(alpha)
    with pytest.raises(UsageError):
        start_drift(0.02, alarm_at=float("nan"))
    with pytest.raises(UsageError):
        observe_audits(start_drift(0.3), [None])  # type: ignore[list-item]
    assert observe_audits(start_drift(0.97), [True] * 3).audits == 3


def test_streaming_promise_holds_where_steps_are_exchangeable() -> None:
    rng = np.random.default_rng(6)
    pool = rng.random(50_000)
    risk = 0.25 * pool**2  # the true risk of accepting everything below s is s^2 / 12
    thresholds = start_thresholds(
        pool[:5_000], alpha=0.05, delta=0.1, labels=400, risks=risk[:5_000]
    )
    broken, covered = 0, 0.0
    for _ in range(400):
        scores = rng.random(400)
        wrong = rng.random(400) < 0.25 * scores**2
        seen = certify_stream(scores, wrong, thresholds=thresholds, alpha=0.05, delta=0.1)
        covered += (seen.threshold or 0.0) / 400
        broken += seen.threshold is not None and seen.threshold**2 / 12 > 0.05
    assert broken / 400 <= allowed(0.1, 400)
    assert covered > 0.4


def test_streaming_certificate_is_checked_and_marked() -> None:
    scores = np.linspace(0, 1, 300)
    wrong = scores > 0.8
    seen = certify_stream(scores, wrong, thresholds=[0.5, 0.7, 0.85, 0.95], alpha=0.1, delta=0.05)
    assert (seen.kind, seen.assumes) == ("prospective", "exchangeability")
    assert seen.threshold == 0.85
    assert len(seen.tests) == 4
    text = seen.model_dump_json()
    assert verify_stream(text) == seen
    for field, value in {
        "threshold": 0.95,
        "alpha": 0.3,
        "tests": [[300, 0]],
        "digest": "",
    }.items():
        with pytest.raises(CertificateError):
            verify_stream(json.dumps(json.loads(text) | {field: value}))
    with pytest.raises(CertificateError):
        verify_stream("{}")


def test_a_threshold_that_fails_ends_the_tests_even_if_a_later_one_would_pass() -> None:
    scores = np.linspace(0, 1, 300)
    wrong = scores < 0.04
    grid = [0.2, 0.95]
    seen = certify_stream(scores, wrong, thresholds=grid, alpha=0.1, delta=0.05)
    assert (seen.threshold, seen.tests) == (None, ((60, 12),))
    assert certify_stream(scores, wrong, thresholds=[0.95], alpha=0.1, delta=0.05).certified
    # forged with care: the tests are what the labels say, and the digest fits
    update = {"tests": ((60, 12), (285, 12)), "threshold": 0.2, "digest": ""}
    forged = seen.model_copy(update=update)
    digest = hashlib.sha256(forged.model_dump_json(exclude={"digest"}).encode()).hexdigest()
    with pytest.raises(CertificateError, match="edited"):
        verify_stream(forged.model_copy(update={"digest": digest}).model_dump_json())


def test_streaming_says_when_it_cannot_certify() -> None:
    scores = np.linspace(0, 1, 200)
    bad = certify_stream(scores, scores >= 0, thresholds=[0.5, 0.9], alpha=0.1, delta=0.05)
    assert bad.threshold is None
    with pytest.raises(UsageError, match="would do"):
        start_thresholds(scores, alpha=0.02, delta=0.05, labels=100)
    with pytest.raises(UsageError, match="rising"):
        certify_stream(scores, scores > 2, thresholds=[0.5, 0.5], alpha=0.1, delta=0.05)
    with pytest.raises(UsageError):
        certify_stream(scores, [None] * 200, thresholds=[0.5], alpha=0.1, delta=0.05)  # type: ignore[list-item]
    with pytest.raises(UsageError):
        start_thresholds([0.1, float("nan")], alpha=0.1, delta=0.05, labels=90)
    tied = certify_stream([0.5] * 80, [False] * 80, thresholds=[0.5], alpha=0.1, delta=0.05)
    assert tied.threshold == 0.5


def test_second_labels_are_the_disputed_and_a_share_of_the_rest() -> None:
    plan = plan_cut(items=2_000, alpha=0.05, delta=0.05, coverage=0.7, labels=300)
    ranks = draw(plan, 1)
    differs = {rank: place < 12 for place, rank in enumerate(ranks)}
    again = second_labels(plan, 1, differs, share=0.1)
    assert set(ranks[:12]) <= set(again)
    assert len(again) == len(set(again)) == 12 + 29
    assert again[:12] != ranks[:12]
    assert again == second_labels(plan, 1, differs, share=0.1)
    with pytest.raises(UsageError):
        second_labels(plan, 2, differs)
    with pytest.raises(UsageError):
        second_labels(plan, 1, differs, share=1.5)


def test_strata_promise_each_or_all() -> None:
    easy, hard = np.full(1_500, 0.005), np.linspace(0.0, 0.6, 1_500) ** 3
    risks = {"easy": easy, "hard": hard}
    each = plan_strata(risks, alpha=0.05, delta=0.05, labels=500, trials=40)
    every = plan_strata(risks, alpha=0.05, delta=0.05, labels=500, claim="all", trials=40)
    assert each.forecasts["easy"].plan.delta == 0.05
    assert every.forecasts["easy"].plan.delta == 0.025
    assert 0.2 < every.saved <= each.saved + 0.05
    certificates = {
        name: certify(seen.plan, 1, dict.fromkeys(draw(seen.plan, 1), False))
        for name, seen in every.forecasts.items()
    }
    assert sum(one.plan.delta for one in certificates.values()) == pytest.approx(0.05)
    assert certificates["easy"].plan.stratum == "easy"
    with pytest.raises(UsageError):
        plan_strata({}, alpha=0.05, delta=0.05, labels=100)
    lost = plan_strata(
        risks | {"bad": np.full(500, 0.7)}, alpha=0.05, delta=0.05, labels=650, trials=40
    )
    assert "bad" in lost.refused
    assert "bad" not in lost.forecasts


def test_a_marginal_promise_may_hide_a_hard_stratum_and_strata_do_not() -> None:
    rng = np.random.default_rng(8)
    risks = {"easy": np.full(4_000, 0.002), "hard": np.full(800, 0.09)}
    each = plan_strata(
        {name: values for name, values in risks.items() if name == "easy"},
        alpha=0.05, delta=0.05, labels=200, trials=40,
    )  # fmt: skip
    assert each.forecasts["easy"].saved > 0.7
    whole = np.concatenate(list(risks.values()))
    chosen = choose_plan(whole, alpha=0.05, delta=0.05, labels=400, trials=40)
    assert isinstance(chosen.plan, CutPlan) or chosen.plan.zone > 4_000
    wrong = rng.random(800) < 0.09
    with pytest.raises(UsageError, match="any number of labels"):
        choose_plan(risks["hard"], alpha=0.05, delta=0.05, labels=400, trials=40)
    assert wrong.mean() > 0.05
