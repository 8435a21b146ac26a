"""Deciding keeps its promises whatever sources say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.deciding.case import Case
from triage.deciding.decide import decide, settle
from triage.deciding.fuse import fuse
from triage.records import (
    LABELS,
    Action,
    AnswerCheck,
    AnswerVerdict,
    DecidedBy,
    Evidence,
    Failure,
    Findings,
    Label,
    Mode,
    Proposal,
    ReasonCode,
    SourceKind,
    Step,
    StepDecision,
    Trace,
    Validity,
    Verdict,
)

CLEAR = 0.2


def trace(steps: int) -> Trace:
    return Trace(
        id="t",
        domain="math",
        problem="p",
        steps=tuple(Step(index=i, text=f"step {i}") for i in range(steps)),
        group="g",
    )


def judged(step: int, label: Label, source: str = "a", confidence: float = 0.95) -> Proposal:
    return Proposal(
        step=step, source=source, label=label, validity=label.validity, confidence=confidence
    )


def refuted(step: int, confidence: float = 0.98) -> Proposal:
    return judged(step, Label.INCORRECT, "checker", confidence).model_copy(
        update={"kind": SourceKind.CHECKER}
    )


def verdict(step: int, label: Label, expert: str = "ada", **more: object) -> Verdict:
    fields = {"trace_id": "t", "step": step, "label": label, "expert": expert, "mode": Mode.BLIND}
    return Verdict.model_validate(fields | {"at": datetime.now(UTC)} | more)


def codes(decision: StepDecision) -> set[ReasonCode]:
    return {reason.code for reason in decision.reasons}


STEPS = 4
proposals = st.builds(
    lambda step, label, source, confidence, checker: (
        refuted(step, confidence) if checker else judged(step, label, source, confidence)
    ),
    st.integers(0, STEPS - 1),
    st.sampled_from(LABELS),
    st.sampled_from("abc"),
    st.floats(0, 1),
    st.booleans(),
)
answers = st.sampled_from(AnswerVerdict)


@st.composite
def findings(draw: st.DrawFn) -> Findings:
    found = draw(st.lists(proposals, max_size=12, unique_by=lambda p: (p.step, p.source)))
    check = AnswerCheck(source="checker", verdict=draw(answers))
    return Findings(proposals=tuple(found), answers=(check,))


@given(findings())
def test_every_distribution_is_one_and_every_risk_a_probability(found: Findings) -> None:
    for step in fuse(trace(STEPS), found):
        assert 0 <= step.risk <= 1
        if step.distribution is not None:
            assert sum(step.distribution.values()) == pytest.approx(1)
            assert all(share >= 0 for share in step.distribution.values())


@given(findings())
def test_no_step_is_accepted_or_audited_by_deciding(found: Findings) -> None:
    for decision in decide(Case.of(trace(STEPS), found), (), CLEAR):
        assert decision.action in (Action.ASK, Action.HOLD)
        assert decision.certificate is None
        assert decision.final is None


@given(findings())
def test_what_contradicts_the_answer_always_reaches_a_person(found: Findings) -> None:
    decided = decide(Case.of(trace(STEPS), found), (), CLEAR)
    invalid = [d for d in decided if d.validity is Validity.INVALID]
    right = found.answers[0].verdict is AnswerVerdict.RIGHT
    wrong = found.answers[0].verdict is AnswerVerdict.WRONG
    if (right and invalid) or (wrong and not invalid):
        asked = [d for d in decided if d.action is Action.ASK]
        assert ReasonCode.ANSWER_VS_STEPS in set().union(*map(codes, asked))
        held = [d for d in decided if d.action is Action.HOLD]
        assert all(ReasonCode.ANSWER_VS_STEPS in codes(d) for d in held)


@given(findings(), st.integers(0, STEPS - 1))
def test_support_moves_nothing(found: Findings, step: int) -> None:
    support = Proposal(
        step=step, source="checker:support", kind=SourceKind.CHECKER, evidence=Evidence()
    )
    more = found.model_copy(update={"proposals": (*found.proposals, support)})
    assert fuse(trace(STEPS), found) == fuse(trace(STEPS), more)


@given(findings(), st.integers(0, STEPS - 1))
def test_a_failure_never_becomes_a_label_and_never_clears(found: Findings, step: int) -> None:
    failure = Failure(step=step, source="judge", why="timeout")
    after = decide(
        Case.of(trace(STEPS), found.model_copy(update={"failures": (failure,)})), (), CLEAR
    )
    before = decide(Case.of(trace(STEPS), found), (), CLEAR)
    assert [d.label for d in after] == [d.label for d in before]
    assert after[step].action is Action.ASK
    assert ReasonCode.FAILED in codes(after[step])


def test_a_step_is_clear_up_to_the_highest_clear_risk() -> None:
    case = Case.of(trace(1), Findings(proposals=(judged(0, Label.NECESSARY),)))
    (first,) = decide(case, (), CLEAR)
    (at,) = decide(case, (), first.score)
    (below,) = decide(case, (), first.score - 1e-9)
    assert (at.action, below.action) == (Action.HOLD, Action.ASK)


def test_a_refutation_beats_agreeing_judges_and_is_disputed() -> None:
    said = [judged(0, Label.NECESSARY, name) for name in "abc"]
    (decided,) = decide(Case.of(trace(1), Findings(proposals=(*said, refuted(0)))), (), CLEAR)
    assert decided.label is Label.INCORRECT
    assert decided.action is Action.ASK
    assert ReasonCode.CHECKER_VS_JUDGES in codes(decided)


@pytest.mark.parametrize(
    ("second", "unstable"), [(Validity.VALID, False), (Validity.INVALID, True)]
)
def test_a_judge_that_says_the_same_less_exactly_is_no_unstable_one(
    second: Validity, unstable: bool
) -> None:
    again = Proposal(step=0, source="a#2", validity=second, confidence=0.95)
    said = (judged(0, Label.NECESSARY), again)
    (decided,) = decide(Case.of(trace(1), Findings(proposals=said)), (), CLEAR)
    assert (ReasonCode.JUDGE_UNSTABLE in codes(decided)) is unstable


def test_judges_that_place_the_first_error_differently_are_named() -> None:
    said = (
        judged(0, Label.NECESSARY), judged(1, Label.INCORRECT), judged(2, Label.INCORRECT),
        judged(0, Label.NECESSARY, "b"), judged(1, Label.NECESSARY, "b"),
        judged(2, Label.INCORRECT, "b"),
    )  # fmt: skip
    decided = decide(Case.of(trace(3), Findings(proposals=said)), (), CLEAR)
    assert ReasonCode.FIRST_ERROR_SPLIT in codes(decided[1])
    assert ReasonCode.FIRST_ERROR_SPLIT in codes(decided[2])
    assert ReasonCode.FIRST_ERROR_SPLIT not in codes(decided[0])


def test_judges_that_agree_on_the_first_error_split_over_nothing() -> None:
    said = (
        judged(0, Label.NECESSARY), judged(1, Label.INCORRECT), judged(2, Label.INCORRECT),
        judged(0, Label.NECESSARY, "b"), judged(1, Label.INCORRECT, "b"),
        judged(2, Label.NECESSARY, "b"), refuted(0),
    )  # fmt: skip
    decided = decide(Case.of(trace(3), Findings(proposals=said)), (), CLEAR)
    assert all(ReasonCode.FIRST_ERROR_SPLIT not in codes(one) for one in decided)


def wrong_answer(*said: Proposal) -> Findings:
    check = AnswerCheck(source="checker", verdict=AnswerVerdict.WRONG)
    return Findings(proposals=said, answers=(check,))


def test_verdicts_settle_a_contradiction_one_step_at_a_time() -> None:
    sure = [judged(step, Label.NECESSARY, confidence=0.97 - step / 100) for step in range(3)]
    found = wrong_answer(*sure)

    def asked(*verdicts: Verdict) -> list[int]:
        decided = decide(Case.of(trace(3), found), verdicts, CLEAR)
        return [d.step for d in decided if d.action is Action.ASK]

    assert asked() == [2]
    assert asked(verdict(2, Label.NECESSARY)) == [1]
    assert asked(verdict(2, Label.NECESSARY), verdict(1, Label.INCORRECT)) == []


def test_the_step_that_ends_a_trace_comes_sooner() -> None:
    split = [
        judged(step, label, source)
        for step in (0, 1)
        for source, label in (("a", Label.NECESSARY), ("b", Label.INCORRECT))
    ]
    case = Case.of(trace(2), Findings(proposals=tuple(split)))
    both = decide(case, (), CLEAR)
    assert [one.action for one in both] == [Action.ASK] * 2
    left = decide(case, [verdict(0, Label.NECESSARY)], CLEAR)
    assert left[1].priority > both[1].priority
    assert left[0].priority == both[0].priority


def test_experts_that_differ_are_settled_by_an_adjudicator_for_good() -> None:
    differ = [verdict(0, Label.NECESSARY), verdict(0, Label.INCORRECT, "bob")]
    assert settle(differ) is None
    (decided,) = decide(Case.of(trace(1), Findings()), differ, CLEAR)
    assert ReasonCode.EXPERTS_SPLIT in codes(decided)
    resolved = [
        *differ,
        verdict(0, Label.REDUNDANT, "eve", by=DecidedBy.ADJUDICATOR),
        verdict(0, Label.INCORRECT, "ada"),
    ]
    final = settle(resolved)
    assert final is not None
    assert (final.label, final.by) == (Label.REDUNDANT, DecidedBy.ADJUDICATOR)


def test_a_later_word_of_the_same_expert_replaces_the_earlier() -> None:
    final = settle([verdict(0, Label.NECESSARY), verdict(0, Label.INCORRECT)])
    assert final is not None
    assert final.label is Label.INCORRECT
