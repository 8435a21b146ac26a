"""A reply is an answer or a typed problem, never a guess."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.judging.opinion import label_probability
from triage.judging.questions.answers import (
    Expected,
    Problem,
    StepAnswer,
    form_for,
    read,
    squeezed,
)
from triage.records import Label

STEP = Expected(
    steps=(1,),
    whole=False,
    visible=squeezed("The patient has a rash.\nIt began “on Monday”."),
    error_kinds=("dose", "other"),
)
FIRST = Expected(steps=(0,), whole=False, visible="", error_kinds=())
WHOLE = Expected(steps=(0, 1, 2), whole=True, visible="text", error_kinds=("dose",))
GOOD = {
    "rationale": "because",
    "quotes": ['a rash.   It began "on'],
    "error_kind": None,
    "label": "necessary",
    "inherits_error": False,
    "confidence": 0.8,
}


def one(expected: Expected = STEP, finish: str = "done", **changes: Any) -> StepAnswer | Problem:
    judged = read(json.dumps(GOOD | changes), finish, expected)
    assert set(judged) == set(expected.steps)
    return judged[expected.steps[0]]


def test_a_proper_answer_is_read() -> None:
    answer = one()
    assert isinstance(answer, StepAnswer)
    assert answer.label is Label.NECESSARY


def test_an_answer_in_a_code_fence_is_read() -> None:
    assert isinstance(read(f"```json\n{json.dumps(GOOD)}\n```", "done", STEP)[1], StepAnswer)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"label": "not correct and necessary"}, "unknown-label"),
        ({"label": "Necessary"}, "unknown-label"),
        ({"label": None}, "unknown-label"),
        ({"label": "necessary", "error_kind": "dose"}, "contradiction"),
        ({"label": "redundant", "error_kind": "other"}, "contradiction"),
        ({"label": "incorrect", "error_kind": "typo"}, "unknown-error-kind"),
        ({"quotes": ["a fever"]}, "quote-not-found"),
        ({"confidence": 1.2}, "bad-schema"),
        ({"confidence": "0.9"}, "bad-schema"),
        ({"confidence": float("nan")}, "bad-schema"),
        ({"inherits_error": "false"}, "bad-schema"),
        ({"extra": 1}, "bad-schema"),
    ],
)
def test_what_is_no_answer_is_a_typed_problem(changes: dict[str, Any], code: str) -> None:
    problem = one(**changes)
    assert isinstance(problem, Problem)
    assert problem.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"label": "incorrect", "severity": "fatal"}, "unknown-severity"),
        ({"label": "necessary", "severity": "major"}, "contradiction"),
        ({"label": "redundant", "severity": "minor"}, "contradiction"),
    ],
)
def test_only_an_error_has_a_severity_and_only_a_known_one(
    changes: dict[str, Any], code: str
) -> None:
    graded = replace(STEP, severities=("minor", "major"))
    assert isinstance(one(graded, label="incorrect", severity="major"), StepAnswer)
    problem = one(graded, **changes)
    assert isinstance(problem, Problem)
    assert problem.code == code


def test_the_first_step_cannot_inherit() -> None:
    problem = one(FIRST, quotes=[], inherits_error=True)
    assert problem == Problem("contradiction", "the first step cannot rest on an earlier one")


@pytest.mark.parametrize(("finish", "code"), [("refused", "refusal"), ("cut", "cut")])
def test_a_refusal_and_a_cut_reply_are_none_even_if_they_parse(finish: str, code: str) -> None:
    problem = one(finish=finish)
    assert isinstance(problem, Problem)
    assert problem.code == code


def codes(items: list[dict[str, Any]]) -> list[str]:
    judged = read(json.dumps({"steps": items}), "done", WHOLE)
    return [a.code if isinstance(a, Problem) else a.label for a in judged.values()]


def item(step: int, **changes: Any) -> dict[str, Any]:
    return GOOD | {"step": step, "quotes": []} | changes


def test_one_bad_step_does_not_cost_its_neighbours() -> None:
    assert codes([item(0), item(1), item(2)]) == ["necessary"] * 3
    assert codes([item(0), item(2)]) == ["necessary", "missing-step", "necessary"]
    assert codes([item(0), item(1), item(1, label="incorrect"), item(2)]) == [
        "necessary",
        "duplicate-step",
        "necessary",
    ]
    assert codes([item(0), item(1), item(True), item(2)]) == ["necessary"] * 3, "true is no number"
    assert codes([item(2), item(0), item(1, label="bad")]) == [
        "necessary",
        "unknown-label",
        "necessary",
    ]


def test_a_judge_that_counts_from_one_is_not_shifted_into_place() -> None:
    assert codes([item(1), item(2), item(3)]) == ["unknown-step"] * 3


@given(st.text(max_size=200) | st.binary(max_size=80).map(lambda b: b.decode("latin-1")))
def test_no_reply_raises(text: str) -> None:
    assert isinstance(read(text, "done", STEP)[1], Problem)
    assert len(read(text, "done", WHOLE)) == 3


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from([0, 1, 2]),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["steps", "step", "label", "quotes"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_raises_or_becomes_a_label_without_all_its_fields(value: Any) -> None:
    for expected in (STEP, WHOLE):
        judged = read(json.dumps(value), "done", expected)
        assert all(isinstance(answer, Problem) for answer in judged.values())


def test_deep_nesting_is_a_problem_and_no_crash() -> None:
    assert isinstance(read("[" * 100_000, "done", STEP)[1], Problem)
    assert isinstance(read('{"steps":' + "[" * 100_000, "done", WHOLE)[0], Problem)


def test_the_schema_has_every_label_and_nothing_open() -> None:
    schema = form_for(("dose",), whole=True).schema
    item_schema = schema["properties"]["steps"]["items"]
    assert item_schema["properties"]["label"]["enum"] == [label.value for label in Label]
    assert list(item_schema["properties"])[1] == "rationale", "reasons come before the label"
    assert item_schema["additionalProperties"] is False


def test_the_labels_probability_is_that_of_its_tokens() -> None:
    tokens = [('{"label": "', -1.0), ("incor", -0.5), ("rect", -0.25), ('"}', -2.0)]
    text = "".join(token for token, _ in tokens)
    assert label_probability(text, tokens) == pytest.approx(0.4724, abs=1e-4)
    assert label_probability(text, tokens[1:]) is None, "tokens that are not the text's"
    assert label_probability(text + text, tokens * 2) is None, "which label is meant is not clear"
    assert label_probability(text, ()) is None
