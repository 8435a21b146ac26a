"""Measures of routing on hand-made decisions, and the arithmetic of shares and areas."""

import random
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from triage.evaluate import Evaluation, EvaluationResult, Rate, TriageMetrics
from triage.evaluate.tallies.rates import Area, ClusteredShare, harmonic_mean, rate
from triage.records import (
    Action,
    Findings,
    Human,
    Label,
    Reason,
    ReasonCode,
    Step,
    StepDecision,
    Trace,
    Validity,
    Word,
)


class Case(NamedTuple):
    """One decision, in short."""

    action: Action
    label: Label | None = None
    validity: Validity | None = None
    score: float = 0.1
    codes: tuple[ReasonCode, ...] = ()


def trace(name: str, count: int, human: Human, domain: str = "math") -> Trace:
    steps = tuple(Step(index=i, text="s") for i in range(count))
    return Trace(id=name, problem="p", group="g", steps=steps, human=human, domain=domain)


def decisions(cases: Sequence[Case]) -> list[StepDecision]:
    return [
        StepDecision(
            step=i,
            label=case.label,
            validity=case.validity,
            confidence=None,
            score=case.score,
            inherits_error=None,
            action=case.action,
            reasons=tuple(Reason(code=code, detail="d") for code in case.codes),
            priority=0.0,
        )
        for i, case in enumerate(cases)
    ]


def hand_made() -> EvaluationResult:
    evaluation = Evaluation()
    wrong_at_2 = Human(first_error=2, first_error_known=True)
    split, low = ReasonCode.JUDGES_SPLIT, ReasonCode.LOW_SCORE
    evaluation.add(
        trace("a", 4, wrong_at_2),
        Findings(),
        decisions(
            [
                Case(Action.HOLD, Label.NECESSARY, score=0.1),  # right
                Case(Action.AUDIT, Label.INCORRECT, score=0.4),  # wrong, not asked
                Case(Action.ASK, Label.NECESSARY, score=0.9, codes=(split, low)),  # wrong, asked
                Case(Action.HOLD, Label.NECESSARY),  # unknown to the human
            ],
        ),
    )
    words = (Word.NECESSARY, Word.REDUNDANT, Word.CORRECT, Word.INCORRECT)
    evaluation.add(
        trace("b", 4, Human(step_labels=words), "legal"),
        Findings(),
        decisions(
            [
                Case(Action.ACCEPT, Label.NECESSARY, score=0.1),  # right
                Case(Action.ACCEPT, Label.NECESSARY, score=0.2),  # the label alone is wrong
                Case(Action.ACCEPT, validity=Validity.VALID, score=0.3),  # right, without a label
                Case(Action.ASK, codes=(split,)),  # no claim at all
            ],
        ),
    )
    return evaluation.result()


def of_domain(result: EvaluationResult, domain: str | None) -> TriageMetrics:
    (found,) = (entry for entry in result.triage if entry.domain == domain)
    return found


def test_shares_by_action_and_reason() -> None:
    whole = of_domain(hand_made(), None)
    assert (whole.traces, whole.steps) == (2, 8)
    assert {name: it.count for name, it in whole.actions.items()} == {
        "ask": 2,
        "hold": 2,
        "audit": 1,
        "accept": 3,
    }
    assert whole.actions["ask"].share == 0.25
    assert list(whole.asked_by_reason) == ["judges-split", "low-score"]
    assert whole.asked_by_reason["judges-split"] == Rate(count=2, of=8, share=0.25)


def test_error_left_among_the_steps_not_asked() -> None:
    left = of_domain(hand_made(), None).left
    assert (left.validity.count, left.validity.of) == (1, 5)
    assert (left.label.count, left.label.of) == (1, 2)
    assert (left.unknown, left.unclaimed) == (1, 0)


def test_error_among_the_asked_steps() -> None:
    asked = of_domain(hand_made(), None).asked
    assert (asked.validity.count, asked.validity.of) == (1, 1)
    assert asked.unclaimed == 1
    assert asked.label.share is None
    assert asked.label.low is None


def test_a_step_on_hold_with_a_reason_waits_and_is_not_left_to_the_machine() -> None:
    evaluation = Evaluation()
    why = (ReasonCode.ANSWER_VS_STEPS,)
    evaluation.add(
        trace("a", 2, Human(first_error=1, first_error_known=True)),
        Findings(),
        decisions(
            [
                Case(Action.ASK, Label.NECESSARY, codes=why),
                Case(Action.HOLD, Label.NECESSARY, codes=why),
            ]
        ),
    )
    whole = of_domain(evaluation.result(), None)
    assert (whole.waiting.validity.count, whole.waiting.validity.of) == (1, 1)
    assert whole.left.steps == 0
    assert whole.left.validity.share is None
    assert whole.asked_by_reason["answer-vs-steps"].count == 1


def test_domains_are_kept_apart() -> None:
    result = hand_made()
    assert [entry.domain for entry in result.triage] == [None, "legal", "math"]
    assert of_domain(result, "legal").left.validity.count == 0
    assert of_domain(result, "math").left.validity.of == 2


def test_the_risk_score_is_measured_by_the_errors_it_ranks() -> None:
    area = of_domain(hand_made(), None).risk_auroc
    # Wrong: .4 and .9; right: .1, .1, .2 and .3.
    assert (area.positives, area.negatives, area.area) == (2, 4, 1.0)


def test_the_machine_is_measured_like_a_source() -> None:
    machine = of_domain(hand_made(), "math").machine
    assert machine.source == "triage"
    assert machine.incorrect is not None
    assert machine.incorrect.recall == rate(0, 1)
    assert machine.incorrect.alarms_before == rate(1, 2)


def test_without_decisions_triage_is_not_measured() -> None:
    evaluation = Evaluation()
    evaluation.add(trace("a", 1, Human()), Findings())
    assert evaluation.result().triage == ()


def test_triage_survives_json() -> None:
    result = hand_made()
    assert EvaluationResult.model_validate_json(result.model_dump_json(by_alias=True)) == result


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=40))
def test_the_area_is_the_share_of_pairs_in_order(scored: list[tuple[int, bool]]) -> None:
    area = Area()
    for score, positive in scored:
        area.add(score / 20, positive)
    ups = [score for score, positive in scored if positive]
    downs = [score for score, positive in scored if not positive]
    pairs = [(up > down) + (up == down) / 2 for up in ups for down in downs]
    expected = sum(pairs) / len(pairs) if pairs else None
    assert area.result().area == (None if expected is None else pytest.approx(expected))


def test_no_hits_give_the_interval_of_clopper_and_pearson_over_traces() -> None:
    share = ClusteredShare()
    for _ in range(25):
        share.add_trace(0, 4)
    expected = binomtest(0, 25).proportion_ci(0.95, "exact")
    found = share.result()
    assert found.low == 0.0
    assert found.high == pytest.approx(expected.high)


def test_steps_that_agree_within_traces_are_worth_their_traces() -> None:
    share = ClusteredShare()
    for index in range(50):
        share.add_trace(10 if index < 20 else 0, 10)
    # Identical steps: 49 rather than 500, with the usual m - 1, times (1.9647 / 2.0096) squared.
    assert share.effective_size() == pytest.approx(46.84, abs=0.01)
    found = share.result()
    naive = binomtest(200, 500).proportion_ci(0.95, "exact")
    assert found.share == 0.4
    assert found.low is not None
    assert found.high is not None
    assert found.low < naive.low < naive.high < found.high


@pytest.mark.parametrize("traces", [10, 120])
def test_the_interval_covers_the_truth_although_steps_are_correlated(traces: int) -> None:
    """Steps of a trace are wrong with a probability drawn per trace, 0.1 on average."""
    rng = random.Random(20)
    covered = 0
    rounds = 300
    for _ in range(rounds):
        share = ClusteredShare()
        for _ in range(traces):
            risk = rng.betavariate(0.2, 1.8)
            share.add_trace(sum(rng.random() < risk for _ in range(8)), 8)
        found = share.result()
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.1 <= found.high
    # 95 % are promised; below 91 % would be more than three standard errors off.
    assert covered / rounds >= 0.91


def test_nothing_to_divide_by_is_no_zero() -> None:
    assert rate(0, 0).share is None
    assert rate(0, 3).share == 0.0
    assert harmonic_mean(None, 0.5) is None
    assert harmonic_mean(0.5, 1.0) == pytest.approx(2 / 3)
    empty = ClusteredShare().result()
    assert (empty.share, empty.low, empty.high) == (None, None, None)
