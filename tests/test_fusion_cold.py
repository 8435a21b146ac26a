"""The cold start, and the disputes it names: samples, alternatives, necessity, first errors."""

import math

import pytest
from fusion_cases import findings, said, scored, trace
from hypothesis import given
from hypothesis import strategies as st

from triage.deciding.alternatives import alternative_of, plain_answer
from triage.deciding.case import Case
from triage.deciding.decide import decide
from triage.deciding.fuse import fuse
from triage.records import (
    LABELS,
    Action,
    AnswerVerdict,
    Claim,
    ClaimVerdict,
    Evidence,
    Findings,
    Label,
    Proposal,
    ReasonCode,
    SourceKind,
    StepDecision,
    Trace,
)


def codes(step: StepDecision) -> set[ReasonCode]:
    return {reason.code for reason in step.reasons}


def of_code(steps: tuple[StepDecision, ...], code: ReasonCode) -> dict[int, tuple[str, ...]]:
    return {s.step: r.sources for s in steps for r in s.reasons if r.code is code}


def test_a_judge_asked_often_has_one_voice() -> None:
    found = findings(
        said("a", "incorrect"), said("a#2", "incorrect"), said("a#3", "incorrect"),
        said("b", "necessary"), said("c", "necessary"),
    )  # fmt: skip
    (step,) = fuse(trace(1), found)
    assert step.label is Label.NECESSARY


def test_what_a_judge_says_of_its_own_certainty_counts_within_bounds() -> None:
    def risk(confidence: float) -> float:
        (step,) = fuse(trace(1), findings(said("a", "necessary", confidence=confidence)))
        assert step.label is Label.NECESSARY, "unsure as it may be, it said so"
        return step.risk

    assert risk(1.0) == risk(0.97) == pytest.approx(0.03), "nobody is certain"
    assert risk(0.1) == risk(0.5) == pytest.approx(0.5)
    assert risk(0.5) > risk(0.7) > risk(0.9)


def test_self_consistency_is_a_judges_weight() -> None:
    sure = findings(said("a", "incorrect"), said("a#2", "incorrect"), said("b", "necessary"))
    torn = findings(said("a", "incorrect"), said("a#2", "necessary"), said("b", "necessary"))
    (one,), (other,) = fuse(trace(1), sure), fuse(trace(1), torn)
    assert other.invalidity < one.invalidity - 0.1


def test_votes_within_one_reply_count_like_samples() -> None:
    votes = {Label.INCORRECT: 0.5, Label.NECESSARY: 0.5}
    one = Proposal(step=0, source="a", label=Label.NECESSARY, confidence=0.9,
                   evidence=Evidence(votes=votes))  # fmt: skip
    samples = findings(said("a", "incorrect"), said("a#2", "necessary"))
    (voted,) = fuse(trace(1), Findings(proposals=(one,)))
    (sampled,) = fuse(trace(1), samples)
    assert voted.invalidity == pytest.approx(sampled.invalidity)
    decided = decide(Case.of(trace(1), Findings(proposals=(one,))), (), 0.9)
    assert ReasonCode.JUDGE_UNSTABLE in codes(decided[0])


def test_a_judge_that_contradicts_itself_is_unstable_and_no_split() -> None:
    found = findings(said("a", "incorrect", "necessary"), said("a#2", "necessary", "necessary"))
    first, second = decide(Case.of(trace(2), found), (), 0.9)
    assert codes(first) == {ReasonCode.JUDGE_UNSTABLE}
    assert of_code((first,), ReasonCode.JUDGE_UNSTABLE) == {0: ("a", "a#2")}
    assert first.action is Action.ASK
    assert second.action is Action.HOLD


def test_one_refuted_claim_is_enough_whatever_else_a_checker_says() -> None:
    words = said("checker", "necessary") + said("checker#2", "incorrect")
    words += said("checker#3", "necessary")
    checked = [one.model_copy(update={"kind": SourceKind.CHECKER}) for one in words]
    found = findings(checked, said("a", "necessary"))
    (step,) = decide(Case.of(trace(1), found), (), 1.0)
    assert of_code((step,), ReasonCode.CHECKER_VS_JUDGES) == {0: ("checker", "a")}


def test_a_judges_label_is_one_of_the_validity_that_most_of_its_samples_say() -> None:
    torn = said("a", "necessary") + said("a#2", "incorrect") + said("a#3", "incomplete")
    (step,) = decide(Case.of(trace(1), findings(torn, said("b", "incorrect"))), (), 1.0)
    assert codes(step) == {ReasonCode.JUDGE_UNSTABLE}, "the two agree that it is incorrect"


def test_judges_that_agree_on_validity_split_on_necessity() -> None:
    found = findings(said("a", "necessary"), said("b", "redundant"))
    (step,) = decide(Case.of(trace(1), found), (), 0.9)
    assert ReasonCode.NECESSITY_SPLIT in codes(step)
    assert ReasonCode.JUDGES_SPLIT not in codes(step)


def test_redundancy_by_judges_alone_is_never_clear() -> None:
    found = findings(*(said(name, "redundant", confidence=0.97) for name in "abcdefgh"))
    (step,) = decide(Case.of(trace(1), found), (), 0.99)
    assert step.label is Label.REDUNDANT
    assert step.action is Action.ASK


def answered(name: str, answer: str | None, words: tuple[str, ...]) -> tuple[Trace, Findings]:
    one = trace(len(words), name, group="g", final_answer=answer)
    return one, findings(said("a", *words), said("b", *words))


def test_traces_of_a_problem_that_answer_differently_ask_one_step_each() -> None:
    words = ("necessary", "necessary", "necessary")
    ours = answered("ours", "12", words)
    others = [alternative_of(*answered(f"o{i}", text, words)) for i, text in
              enumerate(["The answer is 12.", "13", None])]  # fmt: skip
    steps = decide(Case.of(*ours, others), (), 0.9)
    assert of_code(steps, ReasonCode.ALTERNATIVES_CONFLICT) == {2: ("o1",)}
    assert [step.action for step in steps] == [Action.HOLD, Action.HOLD, Action.ASK]
    agreeing = decide(Case.of(*ours, [others[0], others[2]]), (), 0.9)
    assert not of_code(agreeing, ReasonCode.ALTERNATIVES_CONFLICT)


def test_a_known_answer_needs_no_alternatives() -> None:
    words = ("necessary", "necessary")
    ours, found = answered("ours", "12", words)
    other = alternative_of(*answered("other", "13", words))
    right = ours.model_copy(update={"final_correct": True})
    assert all(
        step.action is Action.HOLD for step in decide(Case.of(right, found, [other]), (), 0.9)
    )


def test_alternative_traces_that_state_another_value_are_named() -> None:
    def stating(name: str, value: str) -> tuple[Trace, Findings]:
        claim = Claim(kind="k", verdict=ClaimVerdict.SUPPORTED, text=f"Age of Ann: {value}",
                      found=value)  # fmt: skip
        checked = Proposal(step=1, source="checker", kind=SourceKind.CHECKER,
                           evidence=Evidence(claims=(claim,)))  # fmt: skip
        words = said("a", "necessary", "necessary")
        return trace(2, name, group="g"), findings(words, [checked])

    steps = decide(
        Case.of(*stating("ours", "7"), [alternative_of(*stating("other", "9"))]), (), 0.9
    )
    assert of_code(steps, ReasonCode.ALTERNATIVES_CONFLICT) == {1: ("checker", "other")}
    same = decide(Case.of(*stating("ours", "7"), [alternative_of(*stating("other", "7"))]), (), 0.9)
    assert not of_code(same, ReasonCode.ALTERNATIVES_CONFLICT)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("$1,200.00", "1200", True), (" Paris. ", "paris", True), ("\\boxed{5}", "5", True),
     ("the final answer is 0.50", "0.5", True), ("5", "-5", False), ("A", "B", False),
     ("1e99999999", "1e99999998", False)],
)  # fmt: skip
def test_answers_written_otherwise_are_the_same(one: str, other: str, same: bool) -> None:
    assert (plain_answer(one) == plain_answer(other)) is same


@given(st.text(max_size=40))
def test_any_answer_can_be_compared(text: str) -> None:
    plain = plain_answer(text)
    assert plain is None or plain


def test_the_answer_moves_the_score_and_raises_no_doubt() -> None:
    words = ("necessary", "necessary")
    scores = {}
    for known in (True, None, False):
        one = trace(2, final_correct=known)
        steps = decide(Case.of(one, findings(said("a", *words), said("b", *words))), (), 0.2)
        scores[known] = steps[0].score
        assert ReasonCode.LOW_SCORE not in codes(steps[0])
    assert (scores[True] or 0) < (scores[None] or 0) < (scores[False] or 0)


WORDS = st.sampled_from([None, *(label.value for label in LABELS)])


@given(
    st.lists(WORDS, min_size=3, max_size=3),
    st.lists(WORDS, min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.floats(0, 1),
    st.sampled_from(AnswerVerdict),
)
def test_whatever_is_said_gives_a_distribution(
    one: list[str | None], other: list[str | None], p: list[float], sure: float,
    answer: AnswerVerdict,
) -> None:  # fmt: skip
    found = findings(said("a", *one, confidence=sure), said("a#2", *other), scored("prm", *p))
    for step in fuse(trace(3), found):
        for it in (step, step.given(answer)):
            assert 0 <= it.risk <= 1
            assert it.distribution is not None
            assert sum(it.distribution.values()) == pytest.approx(1)
            assert all(math.isfinite(v) for v in it.distribution.values())
