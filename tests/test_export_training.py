"""`triage export trl` and `prm800k`: only what is settled becomes a label."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import run_triage, write_lines
from export_store import Call, call, certify, give, hire, store, trace, verdict
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from triage.export.settled import Include, settled
from triage.records import (
    Action,
    DecidedBy,
    Final,
    Label,
    Reason,
    ReasonCode,
    StepDecision,
    Validity,
)

__all__ = ["store"]

FOUR = ["necessary", "redundant", "incorrect", "incomplete"]
METADATA = {"source": "a\tbook", "page": {"no": 3}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`people` is labelled by people at all steps but the last, `machine` by sources only."""
    folder = tmp_path_factory.mktemp("made")
    people = trace("people", [None] * 5, options=["A: yes", "B: no"], metadata=METADATA)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        machine = trace("machine", ["necessary", "necessary", None])
        scored = trace("scored", [None], domain="verse")
        scored["proposals"] = [{"source": "prm", "step_scores": [0.99]}]
        write_lines(Path("in.jsonl"), [people, machine, scored])
        assert run_triage("run", "in.jsonl").status == 0
        hire()
        give(*(verdict("people", at, label, seconds=2.0) for at, label in enumerate(FOUR)))
    return folder


def export(store: Call, *arguments: str) -> list[dict[str, Any]]:
    ran = store("export", *arguments)
    assert ran.status == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_only_what_is_settled_becomes_a_label(store: Call) -> None:
    (row,) = export(store, "trl")
    assert row["trace_id"] == "people"
    assert row["completions"] == [f"people says {at}." for at in range(4)]
    assert [type(label) for label in row["labels"]] == [bool] * 4
    assert row["labels"] == [True, True, False, False]
    assert row["step_labels"] == FOUR
    assert row["by"] == ["expert"] * 4
    assert (row["trace_steps"], row["steps"]) == (5, [0, 1, 2, 3])


def test_problem_options_and_metadata_come_back(store: Call) -> None:
    (row,) = export(store, "trl")
    assert row["prompt"] == "Why is the sky blue?\nA: yes\nB: no"
    assert row["metadata"] == METADATA
    (other,) = export(store, "prm800k")
    assert other["label"]["triage"]["metadata"] == METADATA


POLICIES: list[tuple[list[str], list[bool], list[int]]] = [
    (["--redundant", "false"], [True, False, False, False], [0, 1, 2, 3]),
    (["--redundant", "drop"], [True, False, False], [0, 2, 3]),
    (["--incomplete", "true"], [True, True, False, True], [0, 1, 2, 3]),
    (["--incomplete", "drop"], [True, True, False], [0, 1, 2]),
    (["--incomplete", "drop", "--redundant", "drop"], [True, False], [0, 2]),
]


@pytest.mark.parametrize(("options", "labels", "steps"), POLICIES)
def test_policies(store: Call, options: list[str], labels: list[bool], steps: list[int]) -> None:
    (row,) = export(store, "trl", *options)
    assert (row["labels"], row["steps"]) == (labels, steps)
    assert len(row["completions"]) == len(labels)


def test_what_may_rest_on_an_incomplete_step_is_left_out_with_it(store: Call) -> None:
    give(verdict("people", 4, "necessary"))
    (row,) = export(store, "trl", "--incomplete", "drop")
    assert row["steps"] == [0, 1, 2]


def test_what_follows_an_unlabelled_step_stays_behind(store: Call) -> None:
    give(verdict("machine", 1, "incorrect"))
    assert [row["trace_id"] for row in export(store, "trl")] == ["people"]
    give(verdict("machine", 0, "necessary"))
    rows = export(store, "trl", "--trace", "machine")
    assert [row["labels"] for row in rows] == [[True, False]]


def test_provisional_takes_clear_steps_and_never_a_doubtful_one(store: Call) -> None:
    _, row = export(store, "trl", "--include", "provisional", "--domain", "prose")
    assert (row["trace_id"], row["labels"], row["by"]) == (
        "machine", [True, True], ["machine"] * 2,
    )  # fmt: skip
    assert all(0.9 < soft < 1 for soft in row["soft_labels"])


def test_a_certificate_settles_and_is_named(store: Call) -> None:
    certify("machine", [0], "certificate-7")
    _, row = export(store, "trl")
    assert (row["labels"], row["certificates"]) == ([True], ["certificate-7"])
    assert [row["trace_id"] for row in export(store, "trl", "--include", "human")] == ["people"]


def test_experts_who_differ_settle_nothing(store: Call) -> None:
    give(verdict("people", 1, "incorrect", expert="bob"))
    (row,) = export(store, "trl", "--include", "provisional", "--trace", "people")
    assert row["labels"] == [True]
    resolved = call(
        *("queue", "resolve", "people", "1", "incorrect"),
        *("--adjudicator", "eve", "--reason", "It is false."),
    )
    assert resolved.status == 0, resolved.err
    (row,) = export(store, "trl", "--trace", "people")
    assert row["labels"] == [True, False, False, False]
    assert row["by"][1] == "adjudicator"


def test_inherited_errors_stand_beside_the_labels(store: Call) -> None:
    give(verdict("people", 1, "necessary", inherits_error=True))
    (row,) = export(store, "trl")
    assert (row["labels"][1], row["inherits_error"][1]) == (True, True)
    (other,) = export(store, "prm800k")
    assert ratings(other)[1] == 1
    assert other["label"]["triage"]["inherits_error"][1] is True


def test_validity_alone_is_a_label_only_where_it_settles_it(store: Call) -> None:
    certify("scored", [0], "c")
    only = ("--domain", "verse")
    (row,) = export(store, "trl", *only)
    assert (row["labels"], row["step_labels"]) == ([True], [None])
    assert export(store, "trl", *only, "--redundant", "false") == []
    assert export(store, "trl", *only, "--redundant", "drop") == []
    assert export(store, "prm800k", *only) == []


def ratings(row: dict[str, Any]) -> list[int | None]:
    return [step["completions"][0]["rating"] for step in row["label"]["steps"]]


def test_prm800k_ratings_and_its_very_fields(store: Call) -> None:
    (row,) = export(store, "prm800k")
    assert set(row) == {
        "labeler", "timestamp", "generation", "is_quality_control_question",
        "is_initial_screening_question", "question", "label",
    }  # fmt: skip
    assert ratings(row) == [1, 0, -1, -1]
    assert row["question"]["pre_generated_steps"] == [f"people says {at}." for at in range(5)]
    assert (row["label"]["finish_reason"], row["label"]["total_time"]) == ("found_error", 8000)
    assert (row["labeler"], row["timestamp"]) == ("ada", "2026-03-01T12:00:00+00:00")
    assert [step["chosen_completion"] for step in row["label"]["steps"]] == [0, 0, 0, None]
    assert row["label"]["triage"]["step_labels"] == FOUR


def test_prm800k_rates_the_unknown_null_and_ends_at_the_last_known(store: Call) -> None:
    give(verdict("machine", 1, "necessary"))
    _, row = export(store, "prm800k")
    assert (ratings(row), row["label"]["finish_reason"]) == ([None, 1], "give_up")
    give(verdict("machine", 0, "redundant"), verdict("machine", 2, "necessary", expert="bob"))
    _, row = export(store, "prm800k")
    assert (ratings(row), row["label"]["finish_reason"]) == ([0, 1, 1], "solution")
    assert row["labeler"] is None
    (row,) = export(store, "prm800k", "--include", "provisional", "--trace", "people")
    assert ratings(row) == [1, 0, -1, -1]


def test_a_correction_becomes_the_human_completion(store: Call) -> None:
    give(verdict("people", 3, "incorrect", correction="Rather this."))
    (row,) = export(store, "prm800k")
    last = row["label"]["steps"][-1]
    assert (last["human_completion"]["text"], last["chosen_completion"]) == ("Rather this.", None)


@pytest.mark.parametrize("form", ["trl", "prm800k"])
def test_parquet_has_one_schema_whatever_it_holds(store: Call, form: str) -> None:
    store("export", form, "--out", "some.parquet")
    store("export", form, "--out", "none.parquet", "--trace", "machine")
    some, none = parquet.read_table("some.parquet"), parquet.read_table("none.parquet")
    assert some.schema == none.schema
    assert (some.num_rows, none.num_rows) == (1, 0)
    (row,), (plain,) = some.to_pylist(), export(store, form)
    nested = ["metadata"] if form == "trl" else ["question", "label"]
    assert row | {name: json.loads(row[name]) for name in nested} == plain


finals = st.builds(
    Final, label=st.sampled_from([*Label, None]), by=st.sampled_from(list(DecidedBy))
)
decisions = st.builds(
    StepDecision,
    step=st.just(0),
    label=st.sampled_from([*Label, None]),
    validity=st.sampled_from([*Validity, None]),
    confidence=st.just(0.99),
    score=st.just(0.01),
    inherits_error=st.none(),
    action=st.sampled_from(list(Action)),
    reasons=st.sampled_from([(), (Reason(code=ReasonCode.JUDGES_SPLIT, detail=""),)]),
    priority=st.just(0.0),
    certificate=st.sampled_from([None, "c"]),
    final=st.none() | finals,
)


@given(decisions, st.sampled_from(list(Include)))
def test_a_label_needs_a_person_a_certificate_or_consent(
    decided: StepDecision, include: Include
) -> None:
    counts = settled(decided, include)
    person = (
        decided.final is not None
        and decided.final.label is not None
        and decided.final.by is not DecidedBy.MACHINE
    )
    if person:
        assert counts is not None
        assert decided.final is not None
        assert counts.label is decided.final.label
    elif counts is not None:
        assert counts.by is DecidedBy.MACHINE
        assert include is not Include.HUMAN
        covered = decided.action in (Action.ACCEPT, Action.AUDIT)
        certified = covered and decided.certificate is not None
        clear = decided.action is Action.HOLD and not decided.reasons
        assert certified or (clear and include is Include.PROVISIONAL)


def test_parquet_without_its_library_names_the_extra(
    store: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    ran = store("export", "trl", "--out", "out.parquet")
    assert ran.status == 2
    assert "pip install 'steptriage[parquet]'" in ran.err
    assert not Path("out.parquet").exists()
