"""Argilla, Langfuse and plain lines: out with suggestions and back with answers."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, read_lines, write_lines
from label_studio_cases import PENS, here, put_pens
from server_cases import lite, lite_databases
from sqlalchemy import Engine

from triage.platforms.label_studio.forms.config import View, label_config

__all__ = ["lite", "lite_databases"]

CLIENTS = Path(os.environ.get("TRIAGE_CLIENTS") or ROOT / ".e2e" / "clients" / "bin" / "python")
"""A Python that has the platforms' own clients: `make clients`."""


@pytest.fixture
def pens(lite: Engine) -> Engine:
    # the one plugin that serves every domain would have to speak before anything is predicted
    Path("triage.toml").write_text('[plugins]\nblocked = ["text"]\n', encoding="utf-8")
    put_pens(lite)
    return lite


def client(kind: str, first: str, second: str) -> int:
    """Let a platform's own client read what we wrote; gives how many things it read."""
    if not CLIENTS.is_file():
        pytest.skip("the platforms' own clients are not installed: make clients")
    done = subprocess.run(
        [CLIENTS, ROOT / "tests" / "clients" / "check.py", kind, first, second],
        capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.split()[-1])


def verdicts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in here("export", "verdicts").out.splitlines()]


def said() -> list[tuple[Any, ...]]:
    wanted = ("step", "label", "expert", "mode", "note")
    return [tuple(one[name] for name in wanted) for one in verdicts()]


@pytest.mark.parametrize("view", ["step", "trace"])
def test_label_studios_validator_has_nothing_to_say(pens: Engine, view: str) -> None:
    Path("config.xml").write_text(label_config(View(view), blind=False), encoding="utf-8")
    wanted = ("--view", view, "--steps", "all", "--out", "tasks.json")
    assert here("export", "label-studio", *wanted).status == 0
    assert client("label-studio", "config.xml", "tasks.json") >= (5 if view == "trace" else 7)


def test_argillas_client_reads_records_and_gives_its_answers_back(pens: Engine) -> None:
    wanted = ("--steps", "all", "--trace", "pens", "--out", "records.json")
    assert here("export", "argilla", *wanted).status == 0
    assert client("argilla", "records.json", "answered.json") == 3
    back = ("import", "argilla", "answered.json", "--json", "--expert")
    ann = "00000000-0000-0000-0000-000000000007=ann"
    assert here(*back, ann).json == {"new": 3, "known": 0, "rejected": 0}
    assert here(*back, ann).json == {"new": 0, "known": 3, "rejected": 0}
    words = ("redundant", "ann", "assisted", "seen by the client")
    assert said() == [(step, *words) for step in range(3)]


def test_a_record_has_the_fused_label_as_its_only_suggestion(pens: Engine) -> None:
    here("export", "argilla", "--steps", "all", "--trace", "pens", "--out", "records.json")
    first, second, third = json.loads(Path("records.json").read_text(encoding="utf-8"))
    assert second["suggestions"]["step_label"]["value"] == "incorrect"
    assert second["suggestions"]["step_label"]["agent"].startswith("triage:")
    assert second["metadata"] == {"trace_id": "pens", "step_index": 1, "domain": "history"}
    assert "judge-a: 12 - 5 is 7" in second["fields"]["evidence"]
    assert first["fields"]["earlier"] == ""
    assert third["suggestions"] == {}
    blind = here("export", "argilla", "--steps", "all", "--trace", "pens", "--blind").out
    assert "judge-a" not in blind
    assert all(one["suggestions"] == {} for one in json.loads(blind))


def test_a_response_that_changed_is_a_new_answer_and_one_that_did_not_is_known(
    pens: Engine,
) -> None:
    def answered(label: str) -> Any:
        record = {
            "fields": {"step": PENS["steps"][0]},
            "metadata": {"trace_id": "pens", "step_index": 0},
            "responses": {"step_label": [{"value": label, "user_id": "ann"}]},
        }
        Path("a.json").write_text(json.dumps([record]), encoding="utf-8")
        return here("import", "argilla", "a.json", "--json").json

    for label in ("necessary", "incorrect", "necessary"):
        assert answered(label) == {"new": 1, "known": 0, "rejected": 0}
        assert answered(label) == {"new": 0, "known": 1, "rejected": 0}
    assert [one["label"] for one in verdicts()] == ["necessary", "incorrect", "necessary"]


def test_langfuses_types_take_scores_and_give_verified_ones_back(lite: Engine) -> None:
    put_pens(lite, metadata={"langfuse_trace_id": "lf-1", "observation_ids": ["o0", "o1", "o2"]})
    out = ("--steps", "all", "--trace", "pens", "--out", "scores.jsonl")
    assert here("export", "langfuse", "--score-config", "c1", *out).status == 0
    first, second = read_lines(Path("scores.jsonl"))
    assert (first["traceId"], first["observationId"]) == ("lf-1", "o0")
    assert (second["name"], second["value"]) == ("step_label", "incorrect")
    assert (second["source"], second["configId"]) == ("ANNOTATION", "c1")
    assert client("langfuse", "scores.jsonl", "answered.json") == 2
    back = ("import", "langfuse", "answered.json", "--expert", "cm-ann=ann", "--json")
    assert here(*back).json == {"new": 2, "known": 0, "rejected": 0}
    assert here(*back).json == {"new": 0, "known": 2, "rejected": 0}
    words = ("incomplete", "ann", "assisted", "verified")
    assert said() == [(step, *words) for step in range(2)]


def test_scores_without_observations_carry_the_steps_number(pens: Engine) -> None:
    wanted = ("--steps", "all", "--trace", "pens", "--out", "scores.jsonl")
    here("export", "langfuse", *wanted)
    rows = read_lines(Path("scores.jsonl"))
    assert [(one["traceId"], one["name"]) for one in rows] == [
        ("pens", "step_label_1"), ("pens", "step_label_2")
    ]  # fmt: skip
    again = {"source": "ANNOTATION", "updatedAt": "2026-11-23T09:00:00Z", "authorUserId": "ann"}
    answers: list[dict[str, Any]] = [
        rows[1] | again | {"value": "redundant"},
        rows[0] | again | {"authorUserId": None},
        rows[0] | again | {"name": "something else"},
        rows[0] | again | {"value": "fine"},
        rows[0] | again | {"traceId": "nobody's"},
        rows[0] | again | {"updatedAt": "soon"},
        rows[0] | again | {"name": "step_label_9"},
        {"data": [7]},
    ]
    write_lines(Path("answered.jsonl"), answers)
    ran = here("import", "langfuse", "answered.jsonl", "--json")
    assert ran.json == {"new": 1, "known": 0, "rejected": 5, "silent": 2}
    assert said() == [(1, "redundant", "ann", "assisted", rows[1]["comment"])]
    assert here("export", "langfuse", "--blind").status == 2


def test_plain_lines_go_out_and_come_back_filled_in(pens: Engine) -> None:
    wanted = ("--steps", "all", "--trace", "pens", "--out", "lines.jsonl")
    assert here("export", "jsonl", *wanted).status == 0
    rows = read_lines(Path("lines.jsonl"))
    assert [one["suggestion"] for one in rows] == ["necessary", "incorrect", None]
    assert rows[1]["earlier"] == f"1. {PENS['steps'][0]}"
    rows[0] |= {"label": "correct but redundant", "expert": "ann", "note": "n", "seconds": 3}
    rows[1] |= {"label": "incorrect", "expert": "ann", "inherits_error": True,
                "at": "2026-11-23T09:00:00Z"}  # fmt: skip
    file = str(write_lines(Path("back.jsonl"), rows))
    told = {"rejected": 0, "silent": 1}
    assert here("import", "jsonl", file, "--json").json == {"new": 2, "known": 0} | told
    assert here("import", "jsonl", file, "--json").json == {"new": 0, "known": 2} | told
    assert said() == [
        (0, "redundant", "ann", "assisted", "n"), (1, "incorrect", "ann", "assisted", None)
    ]  # fmt: skip


def test_a_line_is_blind_only_if_it_can_be(pens: Engine) -> None:
    out = ("--blind", "--steps", "all", "--trace", "pens", "--out", "blind.jsonl")
    here("export", "jsonl", *out)
    rows = sorted(read_lines(Path("blind.jsonl")), key=lambda row: int(row["step_index"]))
    assert all(one["suggestion"] is None and one["evidence"] == [] for one in rows)
    filled = {"label": "necessary", "expert": "ann", "mode": "blind"}
    at = {"at": "2026-11-23T09:00:00Z"}
    answers: list[dict[str, Any]] = [
        rows[0] | filled | at,
        rows[1] | filled,
        rows[2] | filled | at | {"suggestion": "necessary"},
        rows[2] | filled | at | {"step": "Another text."},
        rows[2] | filled | at | {"label": "good"},
        rows[2] | filled | at | {"expert": None},
        rows[2] | filled | at | {"step_index": -1},
        rows[2] | filled | at | {"seconds": "long"},
        rows[2] | filled | at | {"inherits_error": "yes"},
        rows[2] | filled | at | {"mode": "Blind", "id": "row-10"},
        rows[2],
    ]
    ran = here("import", "jsonl", str(write_lines(Path("a.jsonl"), answers)), "--json")
    assert ran.json == {"new": 1, "known": 0, "rejected": 9, "silent": 1}
    assert "1 rows hold no answer" in ran.err
    assert said() == [(0, "necessary", "ann", "blind", None)]
    rejects = read_lines(Path("a.rejects.jsonl"))
    assert [one["field"] for one in rejects] == [
        "at", "mode", "step", "label", "expert", "step_index", "seconds", "inherits_error", "mode",
    ]  # fmt: skip
    assert rejects[-1]["id"] == "row-10"


@pytest.mark.parametrize("form", ["argilla", "langfuse", "jsonl", "label-studio"])
@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '"x"', "null\n", '{"metadata": 1}\n', "\0"])
def test_files_of_another_form_are_rejected_in_words(pens: Engine, form: str, text: str) -> None:
    Path("odd.json").write_text(text, encoding="utf-8")
    ran = here("import", form, "odd.json")
    assert ran.status in (0, 2, 3)
    assert "Traceback" not in ran.err
    assert verdicts() == []
