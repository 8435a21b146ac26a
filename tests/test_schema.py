"""The published schemas and pages: current, true to the contract and to the reader."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Triage, read_lines
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from triage.ingest import IngestOptions, Reject
from triage.ingest.items import RowError
from triage.ingest.rows.normalise import normalise
from triage.records import Decision, Verdict
from triage.records.input import JudgementInput, TraceInput
from triage.records.trace import OutsideJudgement, Trace
from triage.reference import RECORDS, documents, main

PAGE = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json (\w+)\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE = {name: json.loads(text) for name, text in EXAMPLES}

DECISION = """
{"trace_id": "t1", "step": 3, "text": "...", "span": [120, 171], "label": "incorrect", "validity": "invalid", "confidence": 0.98, "score": 0.013,
 "inherits_error": null, "decision": "hold", "reasons": [], "certificate": null, "final": null,
 "proposals": [{"source": "math", "version": "1.2", "label": "incorrect", "validity": "invalid", "confidence": 0.98, "evidence": {}, "model": null, "prompt": null, "cost_usd": 0.0}],
 "abstained": [{"source": "legal", "why": "domain"}], "failed": [{"source": "judge:b", "why": "timeout"}], "schema": 1}
"""  # noqa: E501 - a line of the output as it is


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_what_is_published_is_current(tmp_path: Path) -> None:
    main([str(tmp_path)])
    for name, _ in documents():
        published = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert published == (tmp_path / name).read_text(encoding="utf-8"), (
            f"docs/{name} is out of date: make docs"
        )
    schemas = {path.stem for path in (ROOT / "docs" / "schema").iterdir()}
    assert schemas == set(RECORDS)


def test_the_promised_decision_is_accepted_with_every_field_kept() -> None:
    line = json.loads(DECISION)
    validator("decision").validate(line)
    again = Decision.model_validate(line).model_dump(mode="json", by_alias=True)
    assert {name: again[name] for name in line if name != "proposals"} == {
        name: value for name, value in line.items() if name != "proposals"
    }
    assert line["proposals"][0].items() <= again["proposals"][0].items()
    assert set(again) == set(line)


def test_what_a_run_writes_fits_the_schemas(triage: Triage) -> None:
    Path("in.jsonl").write_text(json.dumps(EXAMPLE["trace"]) + '\n{"problem": "p"}\n')
    assert triage("run", "in.jsonl", "--out", "out.jsonl").status == 3
    decisions = read_lines(Path("out.jsonl"))
    for row in decisions:
        validator("decision").validate(row)
    (reject,) = read_lines(Path("out.rejects.jsonl"))
    validator("reject").validate(reject)
    last = decisions[2]
    shown = EXAMPLE["decision"]
    for name in ("trace_id", "step", "text", "span", "label", "validity", "schema", "failed"):
        assert last[name] == shown[name]
    assert set(last) == set(shown)
    sources = [one["source"] for one in last["proposals"]]
    assert sources == [one["source"] for one in shown["proposals"]]
    assert all(note in last["abstained"] for note in shown["abstained"])


def test_the_verdict_shown_can_be_taken(triage: Triage) -> None:
    Path("in.jsonl").write_text(json.dumps(EXAMPLE["trace"]))
    triage("run", "in.jsonl")
    triage("experts", "add", "ada", "--credential", "cooking")
    Path("verdicts.jsonl").write_text(json.dumps(EXAMPLE["verdict"]))
    taken = triage("queue", "import", "verdicts.jsonl")
    assert taken.status == 0, taken.err
    last = json.loads(triage("export", "decisions").out.splitlines()[2])
    assert last["final"]["label"] == "incorrect"
    validator("decision").validate(last)


def test_every_form_has_an_example_that_fits() -> None:
    assert set(EXAMPLE) == set(RECORDS) - {"settings"}
    for name, example in EXAMPLE.items():
        validator(name).validate(example)
    Verdict.model_validate(EXAMPLE["verdict"])
    Reject.model_validate(EXAMPLE["reject"])
    Decision.model_validate(EXAMPLE["decision"])


def test_every_field_is_explained() -> None:
    for record in RECORDS.values():
        for name, field in record.model_fields.items():
            assert f"`{field.alias or name}`" in PAGE or record is RECORDS["settings"], name


def test_the_input_form_has_the_reader_s_fields() -> None:
    assert set(TraceInput.model_fields) == set(Trace.model_fields) | {"judges"}
    assert set(JudgementInput.model_fields) == set(OutsideJudgement.model_fields) | {"name"}


@pytest.mark.parametrize(
    "row",
    [
        {"problem": "p"},
        {"problem": "p", "steps": []},
        {"problem": "p", "steps": None},
        {"steps": ["a"]},
        {"problem": "p", "steps": ["a"], "final_correct": "yes"},
        {"problem": "p", "steps": ["a"], "judges": [{"name": "j", "step_scores": [2]}]},
        {"problem": "p", "steps": ["a"], "human": {"first_error": -1}},
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(row: dict[str, Any]) -> None:
    assert not validator("trace").is_valid(row)
    with pytest.raises(RowError):
        normalise(row, IngestOptions())


word = st.sampled_from(["necessary", "redundant", "incorrect", "incomplete", "correct", None])
plain = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9)
share = st.none() | st.floats(0, 1)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    steps = draw(st.lists(plain, min_size=1, max_size=4))

    def each(what: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any] | None]:
        return st.none() | st.lists(what, min_size=len(steps), max_size=len(steps))

    judgement = st.fixed_dictionaries(
        {"source": plain},
        optional={
            "step_labels": each(word),
            "step_scores": each(share),
            "confidences": each(share),
            "explanations": each(st.none() | plain | st.integers(-9, 9)),
        },
    )
    optional: dict[str, st.SearchStrategy[Any]] = {
        "id": plain | st.integers(0, 99),
        "domain": plain,
        "subject": plain,
        "options": st.lists(plain, max_size=3),
        "final_answer": st.none() | plain | st.integers(-99, 99),
        "reference_answer": st.none() | plain | st.floats(-9, 9),
        "final_correct": st.none() | st.booleans(),
        "group": plain,
        "generator": plain,
        "proposals": st.lists(judgement, max_size=2),
        "human": st.fixed_dictionaries(
            {},
            optional={
                "first_error": st.none() | st.integers(0, len(steps) - 1),
                "step_labels": each(word),
            },
        ),
        "metadata": st.dictionaries(plain, st.none() | plain | st.lists(plain)),
        "of their own": st.none() | plain,
    }
    whole = st.fixed_dictionaries({"problem": plain, "steps": st.just(steps)}, optional=optional)
    return draw(whole)


TRACE = validator("trace")


@given(rows())
def test_what_the_schema_takes_the_reader_takes(row: dict[str, Any]) -> None:
    TRACE.validate(row)
    trace, _ = normalise(row, IngestOptions())
    assert [step.text for step in trace.steps] == row["steps"]
    Trace.model_validate_json(trace.model_dump_json())


def test_the_settings_schema_takes_a_settings_file() -> None:
    validator("settings").validate({"plugins": {"workers": 2}, "plugin": {"math": {"x": 1}}})
    assert not validator("settings").is_valid({"plugins": {"worker": 2}})


def test_public_sets_come_in_by_the_lines_on_the_page(triage: Triage) -> None:
    found = re.search(r"<!-- run: foreign -->\n```py\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    ended = {"id": "p", "generator": "g", "problem": "Two and two?", "steps": ["2 + 2 = 4", "5."]}
    wrong = ended | {"final_answer_correct": False, "label": 1}
    right = ended | {"id": "q", "final_answer_correct": True, "label": -1}

    def step(chosen: int | None, *rated: tuple[str, int | None], human: str | None = None) -> Any:
        return {
            "completions": [{"text": text, "rating": rating} for text, rating in rated],
            "chosen_completion": chosen,
            "human_completion": human and {"text": human},
        }

    steps = [
        step(1, ("no", -1), ("One.", 1)), step(None, ("no", -1), human="Two."),
        step(0, ("Three.", 0)), step(None, ("Four?", -1)),
    ]  # fmt: skip
    asked = {"problem": "Count.", "ground_truth_answer": "4"}
    rows = [wrong, right, {"question": asked, "label": {"steps": steps}}]
    made = subprocess.run(
        [sys.executable, "-c", found[1]],
        input="\n".join(map(json.dumps, rows)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    first, second, rated = map(json.loads, made.stdout.splitlines())
    assert (first["human"]["first_error"], second["human"]["first_error"]) == (1, None)
    assert rated["steps"] == ["One.", "Two.", "Three.", "Four?"]
    assert rated["human"]["step_labels"] == ["necessary", None, "redundant", "incorrect"]
    Path("in.jsonl").write_text(made.stdout)
    ran = triage("run", "in.jsonl", "--json")
    assert (ran.json["traces"], ran.json["rejected"], ran.json["unserved"]) == (3, 0, {})
