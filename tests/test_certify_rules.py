"""The rules of blind labelling, whatever people say and in whatever order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from triage.deciding.blind import Lacks, blind_label, counting, why_not
from triage.records import (
    LABELS,
    DecidedBy,
    Label,
    Mode,
    Promised,
    Stage,
    Standing,
    Verdict,
)

DRAWN = datetime(2026, 3, 1, tzinfo=UTC)
ADMITTED = frozenset({"ann", "bob", "eve"})


def place(promised: Promised = Promised.LABEL, *, second: bool = False) -> Standing:
    return Standing(
        stage=Stage.DRAWN,
        name="batch",
        promised=promised,
        label=Label.NECESSARY,
        validity=Label.NECESSARY.validity,
        confidence=0.9,
        score=0.1,
        second=second,
        since=DRAWN,
        experts=ADMITTED,
    )


verdicts = st.lists(
    st.builds(
        lambda label, expert, mode, hours, by: Verdict(
            trace_id="t", step=0, label=label, expert=expert, mode=mode,
            at=DRAWN + timedelta(hours=hours), by=by,
        ),
        st.sampled_from(LABELS),
        st.sampled_from(["ann", "bob", "eve", "zoe"]),
        st.sampled_from([Mode.BLIND, Mode.BLIND, Mode.REVEAL_AFTER, Mode.ASSISTED]),
        st.integers(-1, 3),
        st.sampled_from([DecidedBy.EXPERT, DecidedBy.EXPERT, DecidedBy.ADJUDICATOR]),
    ),
    max_size=8,
)  # fmt: skip
places = st.builds(
    lambda promised, second: place(promised, second=second),
    st.sampled_from(Promised),
    st.booleans(),
)


@given(places, verdicts)
def test_only_what_counts_is_counted(standing: Standing, said: list[Verdict]) -> None:
    counted = counting(standing, said)
    assert len({one.expert for one in counted}) == len(counted)
    for one in counted:
        assert why_not(standing, one) is None
        assert one.mode is Mode.BLIND
        assert one.at >= DRAWN
        assert one.expert in ADMITTED
        # nothing that followed a look at the machine's label
        before = said[: said.index(one)]
        seen = [v for v in before if v.expert == one.expert and v.mode is not Mode.BLIND]
        assert not [v for v in seen if v.by is DecidedBy.EXPERT]


@given(places, verdicts)
def test_what_does_not_count_changes_nothing(standing: Standing, said: list[Verdict]) -> None:
    kept = [
        one for one in said
        if why_not(standing, one) is None or one.mode is not Mode.BLIND
    ]  # fmt: skip
    assert blind_label(standing, kept) == blind_label(standing, said)


@given(places, verdicts)
def test_a_step_is_done_only_by_the_rules(standing: Standing, said: list[Verdict]) -> None:
    found = blind_label(standing, said)
    counted = counting(standing, said)
    wrong = [standing.is_wrong(one.label) for one in counted]
    assert set(found.experts) <= ADMITTED, "an adjudicator needs a credential too"
    if found.lacks is None:
        assert counted
        assert found.differs is wrong[0]
        assert found.label is not None
        assert found.wrong is standing.is_wrong(found.label)
        if found.wrong or standing.second or found.differs:
            assert len(set(found.experts)) >= 2
        if len(set(wrong)) == 2:
            assert found.experts[-1] not in {one.expert for one in counted}
    else:
        assert found.wrong is None
        expected = (
            Lacks.FIRST if not counted
            else Lacks.SECOND if len(counted) == 1
            else Lacks.ADJUDICATION
        )  # fmt: skip
        assert found.lacks is expected


def test_under_a_promise_of_validity_necessity_is_no_error() -> None:
    assert place().is_wrong(Label.REDUNDANT)
    assert not place(Promised.VALIDITY).is_wrong(Label.REDUNDANT)
    assert place(Promised.VALIDITY).is_wrong(Label.INCOMPLETE)
