"""What becomes of the fields of a good row."""

import json
from pathlib import Path

import pytest

from triage.errors import UsageError
from triage.ingest import (
    Ingested,
    IngestOptions,
    LabelMap,
    Reject,
    content_hash,
    parse_label_map,
    problem_group,
    read_traces,
)
from triage.records import Trace, Word
from triage.segment import Granularity

BASE: dict[str, object] = {"problem": "p", "steps": ["one", "two"]}


def read_one(tmp_path: Path, row: dict[str, object], options: IngestOptions | None = None) -> Trace:
    (tmp_path / "t.jsonl").write_text(json.dumps(row))
    (item,) = read_traces([str(tmp_path / "t.jsonl")], options)
    assert isinstance(item, Ingested), item
    assert item.content_hash == content_hash(item.trace)
    return item.trace


def test_the_contracts_fields_are_read(tmp_path: Path) -> None:
    row = BASE | {
        "id": "t1",
        "domain": "Math ",
        "subject": "algebra",
        "options": ["yes", 2],
        "final_answer": 4,
        "reference_answer": "4.0",
        "final_correct": True,
        "group": "g",
        "generator": "someone",
        "human": {"first_error": 1, "step_labels": ["correct", None]},
    }
    trace = read_one(tmp_path, row)
    assert (trace.id, trace.domain, trace.subject, trace.group) == ("t1", "math", "algebra", "g")
    assert trace.options == ("yes", "2")
    assert (trace.final_answer, trace.reference_answer) == ("4", "4.0")
    assert trace.final_correct is True
    assert trace.human is not None
    assert trace.human.first_error_known
    assert trace.human.step_labels == (Word.CORRECT, None)
    assert trace.metadata == {}


def test_null_says_the_same_as_absent(tmp_path: Path) -> None:
    nulls = dict.fromkeys(Trace.model_fields.keys() - BASE.keys())
    assert read_one(tmp_path, BASE | nulls | {"judges": None}) == read_one(tmp_path, BASE)


def test_id_and_group_come_from_the_content_when_absent(tmp_path: Path) -> None:
    first = read_one(tmp_path, BASE)
    other = read_one(tmp_path, BASE | {"steps": ["one", "three"]})
    assert first.id != other.id
    assert first.group == other.group == problem_group(" P\n")
    assert first.id == content_hash(first)[:32]
    assert read_one(tmp_path, BASE | {"id": " 7 "}).id == "7"
    assert read_one(tmp_path, BASE | {"id": 7}).id == "7"


@pytest.mark.parametrize(
    "change",
    [
        {"problem": "q"},
        {"steps": ["onetwo"]},
        {"domain": "law"},
        {"options": ["a"]},
        {"final_answer": "x"},
        {"final_correct": False},
        {"human": {"first_error_known": True}},
        {"judges": [{"name": "a", "step_scores": [1, None]}]},
        {"anything": {"b": 1}},
    ],
)
def test_the_content_hash_covers_everything_but_the_id(
    change: dict[str, object], tmp_path: Path
) -> None:
    plain = content_hash(read_one(tmp_path, BASE | {"id": "a"}))
    assert plain == content_hash(read_one(tmp_path, BASE | {"id": "b"}))
    assert plain != content_hash(read_one(tmp_path, BASE | {"id": "a"} | change))


def test_the_content_hash_stays_as_it_was(tmp_path: Path) -> None:
    """Ids of traces without one hang on it: it may change with the schema version only."""
    assert read_one(tmp_path, BASE).id == "560c75468a1e285564114e36d31b4a31"


def test_unknown_fields_land_in_the_metadata(tmp_path: Path) -> None:
    row = BASE | {
        "source": "outer",
        "metadata": {"source": "inner", "n": [1, {"a": None}]},
        "judges": [
            {"name": "a", "step_scores": [1, 0], "raw": "said so"},
            {"name": "whole", "verdict": "wrong", "explanations": "not one a step"},
        ],
        "human": {"first_error_known": False, "annotator": 3},
    }
    trace = read_one(tmp_path, row)
    assert trace.metadata == {
        "source": "inner",
        "n": [1, {"a": None}],
        "source_": "outer",
        "judges": {
            "a": {"raw": "said so"},
            "whole": {"name": "whole", "verdict": "wrong", "explanations": "not one a step"},
        },
        "human": {"annotator": 3},
    }
    assert [judgement.source for judgement in trace.proposals] == ["a"]


def test_proposals_and_judges_are_one_thing(tmp_path: Path) -> None:
    said = {"step_labels": ["necessary", None], "confidences": [0.5, None], "saw_reference": True}
    row = BASE | {
        "proposals": [{"source": "a", "explanations": ["why", None]} | said],
        "judges": [{"name": "b"} | said, {"name": "a", "step_scores": [0, 1]}],
    }
    one, two, three = read_one(tmp_path, row).proposals
    assert one.step_labels == two.step_labels == (Word.NECESSARY, None)
    assert one.explanations == ("why", None)
    assert one.saw_reference
    assert [judgement.source for judgement in (one, two, three)] == ["a", "b", "a#2"]
    assert three.step_labels is None
    assert three.step_scores == (0.0, 1.0)


def test_text_is_cut_with_the_granularity_of_its_domain(tmp_path: Path) -> None:
    text = "One. Two.\nThree.\n"
    options = IngestOptions(
        granularity=Granularity.SENTENCE, granularities={"math": Granularity.LINE}
    )
    by_sentence = read_one(tmp_path, {"problem": "p", "text": text, "domain": "law"}, options)
    by_line = read_one(tmp_path, {"problem": "p", "text": text, "domain": "math"}, options)
    assert [step.text for step in by_sentence.steps] == ["One.", "Two.", "Three."]
    assert [step.text for step in by_line.steps] == ["One. Two.", "Three."]
    for trace in (by_sentence, by_line):
        assert trace.text == text
        assert all(step.span and text[slice(*step.span)] == step.text for step in trace.steps)


def test_steps_beside_a_text_are_looked_up_in_it(tmp_path: Path) -> None:
    found = read_one(tmp_path, BASE | {"text": "two: one, two"})
    assert [step.span for step in found.steps] == [(5, 8), (10, 13)]
    missing = read_one(tmp_path, BASE | {"text": "two, one"})
    assert [step.span for step in missing.steps] == [None, None]


def test_labels_of_a_text_must_fit_its_steps(tmp_path: Path) -> None:
    row = {"problem": "p", "text": "a\nb", "human": {"step_labels": [None]}}
    (tmp_path / "t").write_text(json.dumps(row) + '\n{"problem":"p","text":"fine"}')
    bad, good = read_traces([str(tmp_path / "t")])
    assert isinstance(bad, Reject)
    assert bad.field == "human.step_labels"
    assert isinstance(good, Ingested)


LABELS = parse_label_map(
    [
        "+1=necessary, 0=redundant,-1=incorrect,true=correct,?=null",
        "judge:a: Good =correct,a=b=incomplete,1=redundant",
        "human:+1=correct",
    ]
)


@pytest.mark.parametrize(
    ("value", "source", "meaning"),
    [
        (1, "any", Word.NECESSARY),
        ("+1", "any", Word.NECESSARY),
        (1.0, "any", Word.NECESSARY),
        (" 01 ", "any", Word.NECESSARY),
        (-1, "any", Word.INCORRECT),
        (0, "judge:a", Word.REDUNDANT),
        (True, "any", Word.CORRECT),
        ("?", "any", None),
        (None, "any", None),
        ("GOOD", "judge:a", Word.CORRECT),
        ("a=b", "judge:a", Word.INCOMPLETE),
        (1, "judge:a", Word.REDUNDANT),
        (1, "human", Word.CORRECT),
        (" Incomplete", "any", Word.INCOMPLETE),
    ],
)
def test_label_maps(value: object, source: str, meaning: Word | None) -> None:
    assert LABELS.word(value, source) is meaning


@pytest.mark.parametrize(("value", "source"), [("good", "judge:b"), (False, "any"), (2, "any")])
def test_a_word_without_a_meaning_is_named(value: object, source: str) -> None:
    with pytest.raises(KeyError):
        LABELS.word(value, source)


@pytest.mark.parametrize(
    "entry", ["", "good", "=correct", "good=", "good=fine", "a=correct,A=incorrect", "x:=correct"]
)
def test_malformed_label_maps_are_refused(entry: str) -> None:
    with pytest.raises(UsageError, match="label map"):
        parse_label_map([entry])


def test_the_label_map_is_used_for_judges_and_experts(tmp_path: Path) -> None:
    row = BASE | {
        "judges": [{"name": "judge:a", "step_labels": [1, "good"]}],
        "human": {"step_labels": [1, "?"]},
    }
    trace = read_one(tmp_path, row, IngestOptions(labels=LABELS))
    assert trace.proposals[0].step_labels == (Word.REDUNDANT, Word.CORRECT)
    assert trace.human is not None
    assert trace.human.step_labels == (Word.CORRECT, None)


def test_label_maps_survive_their_json() -> None:
    assert LabelMap.model_validate_json(LABELS.model_dump_json()) == LABELS
