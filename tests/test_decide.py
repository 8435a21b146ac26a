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
    Abstention,
    Action,
    AnswerCheck,
    AnswerVerdict,
    Caution,
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
        if step.label is not None:
            assert step.validity is step.label.validity


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


def test_of_checkers_that_refute_the_surest_counts() -> None:
    unsure = refuted(0, 0.6).model_copy(update={"source": "other"})
    (both,) = decide(Case.of(trace(1), Findings(proposals=(unsure, refuted(0)))), (), CLEAR)
    (sure,) = decide(Case.of(trace(1), Findings(proposals=(refuted(0),))), (), CLEAR)
    assert both.score == sure.score < 0.02


@pytest.mark.parametrize(("other", "told"), [(True, True), (False, None), (None, True)])
def test_sources_that_differ_tell_nothing_of_inherited_errors(
    other: bool | None, told: bool | None
) -> None:
    said = tuple(
        judged(0, Label.NECESSARY, source).model_copy(update={"inherits_error": inherits})
        for source, inherits in (("a", True), ("b", other))
    )
    (decided,) = decide(Case.of(trace(1), Findings(proposals=said)), (), CLEAR)
    assert decided.inherits_error is told


@pytest.mark.parametrize(("why", "unseen"), [("domain", True), ("no-claim", False)])
def test_a_domain_is_unseen_where_nobody_serves_it(why: str, unseen: bool) -> None:
    silent = (Abstention(step=0, source="checker", why=why),)
    (decided,) = decide(Case.of(trace(1), Findings(abstentions=silent)), (), CLEAR)
    assert (ReasonCode.UNSEEN_DOMAIN in codes(decided)) is unseen
    assert ReasonCode.NO_PROPOSAL in codes(decided)


def test_a_domain_that_somebody_judges_is_none_that_nobody_sees() -> None:
    silent = (Abstention(step=0, source="checker", why="domain"),)
    heard = Findings(proposals=(judged(0, Label.NECESSARY),), abstentions=silent)
    (decided,) = decide(Case.of(trace(1), heard), (), CLEAR)
    assert codes(decided) == set()


@pytest.mark.parametrize("passing", ["b", "bc", "bcd"])
def test_one_source_against_others_is_a_split_with_both_sides_named(passing: str) -> None:
    others = [judged(0, Label.NECESSARY, name) for name in passing]
    said = (judged(0, Label.INCORRECT), *others)
    # whatever the risk that is taken for clear, a dispute reaches a person
    (decided,) = decide(Case.of(trace(1), Findings(proposals=said)), (), 1.0)
    (reason,) = decided.reasons
    assert (decided.action, reason.code) == (Action.ASK, ReasonCode.JUDGES_SPLIT)
    assert set(reason.sources) == {"a", *passing}


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
    assert codes(decided) == {ReasonCode.CHECKER_VS_JUDGES}, "the judges agree with each other"


@pytest.mark.parametrize("label", [Label.NECESSARY, Label.INCOMPLETE])
def test_only_a_checker_that_says_incorrect_refutes(label: Label) -> None:
    checked = refuted(0).model_copy(update={"label": label, "validity": label.validity})
    said = (judged(0, label), checked)
    (decided,) = decide(Case.of(trace(1), Findings(proposals=said)), (), CLEAR)
    assert (decided.label, decided.action, codes(decided)) == (label, Action.HOLD, set())


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("injection-suspected", ReasonCode.INJECTION_SUSPECTED),
        ("a plugin's own word", ReasonCode.LOW_SCORE),
    ],
)
def test_a_caution_sends_a_clear_step_to_a_person_and_changes_no_label(
    code: str, told: ReasonCode
) -> None:
    caution = Caution(step=0, source="guard", code=code, detail="look at it")
    said = (judged(0, Label.NECESSARY), judged(1, Label.NECESSARY))
    warned, other = decide(
        Case.of(trace(2), Findings(proposals=said, cautions=(caution,))), (), CLEAR
    )
    assert (warned.action, codes(warned)) == (Action.ASK, {told})
    assert (other.action, other.label, other.score) == (Action.HOLD, warned.label, warned.score)


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


RIGHT, WRONG, UNKNOWN = AnswerVerdict.RIGHT, AnswerVerdict.WRONG, AnswerVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("known", "checks", "contradicted"),
    [
        (None, [WRONG], True),
        (None, [WRONG, WRONG], True),
        (None, [UNKNOWN, WRONG], True),
        (None, [RIGHT, WRONG], False),
        (None, [UNKNOWN], False),
        (None, [], False),
        (False, [RIGHT], True),
        (True, [WRONG], False),
    ],
)
def test_the_answer_stands_as_the_input_knows_or_as_all_checks_say(
    known: bool | None, checks: list[AnswerVerdict], contradicted: bool
) -> None:
    found = Findings(
        proposals=(judged(0, Label.NECESSARY),),
        answers=tuple(AnswerCheck(source=f"c{i}", verdict=one) for i, one in enumerate(checks)),
    )
    one = trace(1).model_copy(update={"final_correct": known})
    (decided,) = decide(Case.of(one, found), (), CLEAR)
    assert (ReasonCode.ANSWER_VS_STEPS in codes(decided)) is contradicted
    assert decided.action is (Action.ASK if contradicted else Action.HOLD)


@pytest.mark.parametrize("label", [Label.NECESSARY, Label.INCORRECT])
def test_checks_that_differ_on_the_answer_contradict_nothing(label: Label) -> None:
    checks = [AnswerCheck(source=one.value, verdict=one) for one in (RIGHT, WRONG)]
    for answers in (checks, checks[::-1]):
        found = Findings(proposals=(judged(0, label),), answers=tuple(answers))
        (decided,) = decide(Case.of(trace(1), found), (), CLEAR)
        assert (decided.action, codes(decided)) == (Action.HOLD, set())


def test_of_steps_that_are_equally_suspicious_the_first_is_asked() -> None:
    found = wrong_answer(*(judged(step, Label.NECESSARY) for step in range(3)))
    decided = decide(Case.of(trace(3), found), (), CLEAR)
    assert [one.action for one in decided] == [Action.ASK, Action.HOLD, Action.HOLD]


def test_a_right_answer_asks_again_until_a_wrong_step_is_confirmed_or_none_is_left() -> None:
    said = [judged(step, Label.INCORRECT, confidence=0.97 - step / 100) for step in range(2)]
    check = AnswerCheck(source="checker", verdict=RIGHT)
    found = Findings(proposals=(*said, judged(2, Label.NECESSARY)), answers=(check,))

    def asked(*verdicts: Verdict) -> list[int]:
        decided = decide(Case.of(trace(3), found), verdicts, CLEAR)
        return [d.step for d in decided if d.action is Action.ASK]

    assert asked() == [0]
    assert asked(verdict(0, Label.INCORRECT)) == []
    assert asked(verdict(0, Label.NECESSARY)) == [1]
    assert asked(verdict(0, Label.NECESSARY), verdict(1, Label.REDUNDANT)) == []


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


@pytest.mark.parametrize("other", [Label.REDUNDANT, Label.INCORRECT])
def test_experts_differ_by_any_label(other: Label) -> None:
    assert settle([verdict(0, Label.NECESSARY), verdict(0, other, "bob")]) is None


def test_a_later_resolution_replaces_the_earlier() -> None:
    said = [
        verdict(0, Label.NECESSARY, "eve", by=DecidedBy.ADJUDICATOR),
        verdict(0, Label.REDUNDANT),
    ]
    last = verdict(0, Label.INCORRECT, "zoe", by=DecidedBy.ADJUDICATOR)
    final = settle([*said, last])
    assert final is not None
    assert (final.label, final.by) == (Label.INCORRECT, DecidedBy.ADJUDICATOR)


def test_a_later_word_of_the_same_expert_replaces_the_earlier() -> None:
    final = settle([verdict(0, Label.NECESSARY), verdict(0, Label.INCORRECT)])
    assert final is not None
    assert final.label is Label.INCORRECT
