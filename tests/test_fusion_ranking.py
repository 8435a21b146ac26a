"""The warm start: when it is used, what it is worth, and that it is the same everywhere."""

import numpy as np
import pytest
from fusion_cases import examples, findings, said, scored, trace
from hypothesis import given
from hypothesis import strategies as st

from triage.deciding.case import Case
from triage.ranking import Example, Model, fit_model, rank, rank_all
from triage.ranking.candidates import candidates, folds
from triage.ranking.dawid_skene import DawidSkene
from triage.ranking.heads import Tree, Trees
from triage.records import AnswerVerdict, Label, Validity

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def model() -> Model:
    fitted = fit_model(examples(120, redundant=True))
    assert fitted.model.ranker is not None, fitted.model.why
    return fitted.model


def wrong_share(model: Model | None, seed: int, coverage: float) -> float:
    """Share of wrong validities among the safest steps of traces that nobody trained on."""
    fresh = examples(400, seed)
    cases = [one.case for one in fresh]
    ranked = rank_all(model.ranker, cases) if model and model.ranker else [c.cold for c in cases]
    risks, wrong = [], []
    for one, fused in zip(fresh, ranked, strict=True):
        for step, truth in zip(fused, one.validity, strict=True):
            risks.append(min(step.invalidity, 1 - step.invalidity))
            wrong.append(step.validity is not truth)
    order = np.argsort(risks, kind="stable")[: int(coverage * len(risks))]
    return float(np.mean(np.array(wrong)[order]))


def test_a_ranker_learns_whom_to_believe(model: Model) -> None:
    assert wrong_share(model, 77, 0.7) < 0.5 * wrong_share(None, 77, 0.7)


def test_both_heads_are_learnt(model: Model) -> None:
    assert model.ranker is not None
    assert model.ranker.necessity is not None
    one = trace(1, domain="logic")
    words = {}
    for word in ("necessary", "redundant"):
        found = findings(said("good", word), said("guess", "necessary"), scored("prm", 0.8))
        case = Case.of(one, found)
        (words[word],) = rank(model.ranker, case)
    shares = [words[w].distribution or {} for w in ("necessary", "redundant")]
    assert shares[1][Label.REDUNDANT] > shares[0][Label.REDUNDANT] + 0.3


def test_the_same_labels_give_the_same_model_and_survive_storage(model: Model) -> None:
    again = fit_model(examples(120, redundant=True)).model
    assert again.version == model.version
    back = Model.model_validate_json(model.model_dump_json())
    assert back.version == model.version
    assert model.ranker is not None
    assert back.ranker is not None
    cases = [one.case for one in examples(5, 9)]
    assert rank_all(back.ranker, cases) == rank_all(model.ranker, cases)
    assert fit_model(examples(121, redundant=True)).model.version != model.version


def test_a_source_that_hardly_spoke_gets_no_column() -> None:
    made = examples(60)
    for at in range(10):
        case = made[at].case
        more = Case.of(case.trace, findings(case.findings.proposals, said("shy", "necessary")))
        made[at] = made[at]._replace(case=more._replace(answer=case.answer))
    ranker = fit_model(made).model.ranker
    assert ranker is not None
    assert ranker.space.sources == ("good", "guess", "prm")
    assert ranker.space.domains == ("logic",)


def test_trees_compare_in_the_precision_that_they_were_trained_in() -> None:
    edge = float(np.float32(0.3))
    tree = Tree(
        feature=(0, -1, -1),
        threshold=(edge, 0, 0),
        left=(1, 0, 0),
        right=(2, 0, 0),
        value=(0, -2, 2),
    )
    rows = np.array([[edge], [edge + 1e-9], [0.31]])
    low, also_low, high = Trees(start=0.0, depth=1, trees=(tree,)).predict(rows)
    assert low == also_low < 0.5 < high


def test_many_traces_at_once_rank_like_each_alone(model: Model) -> None:
    assert model.ranker is not None
    cases = [one.case for one in examples(20, 3)]
    for alone, together in zip(
        (rank(model.ranker, case) for case in cases), rank_all(model.ranker, cases), strict=True
    ):
        for a, b in zip(alone, together, strict=True):
            assert a.label is b.label
            assert a.risk == pytest.approx(b.risk)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ([], "0 labelled steps, a ranker needs 200"),
        (examples(39), "195 labelled steps, a ranker needs 200"),
        (examples(100, bad=0.0), "0 of the labelled steps are invalid"),
        (examples(100, bad=1.0), "0 of the labelled steps are valid"),
    ],
    ids=["none", "few", "all valid", "all invalid"],
)
def test_too_little_keeps_the_cold_start_and_says_why(made: list[Example], why: str) -> None:
    fitted = fit_model(made)
    assert fitted.model.ranker is None
    assert why in fitted.model.why
    assert not fitted.tried


def test_labels_on_one_problem_are_too_little() -> None:
    one_group = [
        one._replace(case=one.case._replace(
            trace=one.case.trace.model_copy(update={"group": "same"})))
        for one in examples(60)
    ]  # fmt: skip
    assert "labels on 1 problems" in fit_model(one_group).model.why


def test_labels_that_teach_nothing_keep_the_cold_start() -> None:
    random = np.random.default_rng(4)
    made = [
        one._replace(
            validity=tuple(
                Validity.INVALID if random.random() < 0.3 else Validity.VALID for _ in range(5)
            ),
            labels=(None,) * 5,
        )
        for one in examples(60, 8)
    ]
    fitted = fit_model(made)
    chosen = min(fitted.tried, key=lambda tried: tried.aurc)
    assert (fitted.model.ranker is None) is (chosen.name == "cold start")


def test_a_problems_traces_are_never_parted() -> None:
    groups = np.repeat(np.arange(40), 6)
    wrong = (np.arange(240) % 5 == 0).astype(np.int64)
    parts = folds(wrong, groups, 0)
    assert sorted(np.concatenate([test for _, test in parts])) == list(range(240))
    for train, test in parts:
        assert not set(groups[train]) & set(groups[test])


def test_trees_kept_as_numbers_predict_like_the_library() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    random = np.random.default_rng(0)
    rows = random.normal(size=(2500, 6))
    classes = (rows[:, 0] * rows[:, 1] + random.normal(size=2500) > 0).astype(np.int64)
    (boosted,) = (one for one in candidates(2500) if one.name == "boosted trees")
    kept = boosted.fit(rows, classes, 3)
    library = GradientBoostingClassifier(
        n_estimators=80, max_depth=3, learning_rate=0.08, subsample=0.6,
        min_samples_leaf=20, max_features=0.5, random_state=3,
    ).fit(rows, classes)  # fmt: skip
    assert kept.predict(rows) == pytest.approx(library.predict_proba(rows)[:, 1], abs=1e-9)


def test_a_step_nobody_judged_stays_unjudged(model: Model) -> None:
    assert model.ranker is not None
    one = trace(2)
    found = findings(said("good", "necessary", None))
    judged, silent = rank(model.ranker, Case.of(one, found)._replace(answer=AnswerVerdict.WRONG))
    assert judged.validity is not None
    assert (silent.validity, silent.risk) == (None, 1.0)


@given(
    st.lists(st.sampled_from([None, "necessary", "incorrect"]), min_size=4, max_size=4),
    st.floats(0, 1),
    st.sampled_from(AnswerVerdict),
    st.sampled_from(["good", "guess", "never seen"]),
)
def test_no_nan_leaves_a_ranker(
    model: Model, words: list[str | None], score: float, answer: AnswerVerdict, source: str
) -> None:
    assert model.ranker is not None
    one = trace(4, domain="unseen")
    found = findings(said(source, *words), scored("prm", score))
    for step in rank(model.ranker, Case.of(one, found)._replace(answer=answer)):
        assert 0 <= step.risk <= 1
        for share in (step.distribution or {}).values():
            assert 0 <= share <= 1


def test_dawid_skene_finds_the_judge_that_guesses() -> None:
    random = np.random.default_rng(0)
    invalid = random.random(2000) < 0.2
    hits, alarms = np.array([0.9, 0.8, 0.4]), np.array([0.03, 0.08, 0.4])
    votes = (random.random((2000, 3)) < np.where(invalid[:, None], hits, alarms)).astype(float)
    votes[random.random((2000, 3)) < 0.2] = np.nan
    found = DawidSkene.fit(votes, ("good", "fair", "guess"))
    assert found.prior == pytest.approx(0.2, abs=0.06)
    assert found.hit["good"] - found.false_alarm["good"] > 0.6
    assert abs(found.hit["guess"] - found.false_alarm["guess"]) < 0.15
    posterior = found.log_odds(votes, ("good", "fair", "guess")) > 0
    assert (posterior == invalid).mean() > 0.9


def test_dawid_skene_of_nothing_is_defined() -> None:
    empty = DawidSkene.fit(np.empty((0, 2)), ("a", "b"))
    silent = np.full((3, 2), np.nan)
    assert np.isfinite(empty.log_odds(silent, ("a", "b"))).all()
    assert np.isfinite(DawidSkene.fit(np.empty((4, 0)), ()).log_odds(np.empty((4, 0)), ())).all()
