"""`triage run` from the front door: what goes in, what comes out, and being killed on the way."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Triage, read_lines, write_lines

RIGHT = {"problem": "What is 2 + 3 + 4?", "domain": "math", "reference_answer": "9"}
JUDGES = ("handwritten:a", "handwritten:b")


def said(words: list[str], confidence: float = 0.95) -> list[dict[str, Any]]:
    return [
        {"source": judge, "step_labels": words, "confidences": [confidence] * len(words)}
        for judge in JUDGES
    ]


def test_clear_steps_are_held_and_disputed_ones_asked(triage: Triage) -> None:
    words = ["necessary", "necessary"]
    clear = RIGHT | {"id": "clear", "steps": ["It is a sum.", "Done."], "proposals": said(words)}
    split = clear | {"id": "split", "proposals": said(words)}
    split["proposals"] = [
        split["proposals"][0],
        {"source": "c", "step_labels": ["incorrect", None]},
    ]
    write_lines(Path("in.jsonl"), [clear, split])
    ran = triage("run", "in.jsonl", "--out", "out.jsonl", "--json")
    assert ran.status == 0, ran.err
    rows = read_lines(Path("out.jsonl"))
    assert [(r["trace_id"], r["step"]) for r in rows] == [
        ("clear", 0), ("clear", 1), ("split", 0), ("split", 1),
    ]  # fmt: skip
    assert [r["decision"] for r in rows] == ["hold", "hold", "ask", "hold"]
    assert rows[2]["reasons"][0]["code"] == "judges-split"
    assert set(rows[2]["reasons"][0]["sources"]) == {JUDGES[0], "c"}
    assert ran.json["held"] == 3
    assert ran.json["asked"] == {"judges-split": 1}


def test_nothing_is_accepted_unless_it_was_asked_for(triage: Triage) -> None:
    words = ["necessary", "necessary"]
    trace = RIGHT | {"steps": ["It is a sum.", "Done."], "proposals": said(words)}
    write_lines(Path("in.jsonl"), [trace])
    triage("run", "in.jsonl", "--out", "held.jsonl")
    triage("run", "in.jsonl", "--out", "accepted.jsonl", "--accept", "provisional")
    assert {r["decision"] for r in read_lines(Path("held.jsonl"))} == {"hold"}
    accepted = read_lines(Path("accepted.jsonl"))
    assert {r["decision"] for r in accepted} == {"accept"}
    assert {r["certificate"] for r in accepted} == {None}


def test_right_answer_with_a_wrong_step_asks_one_step_and_holds_the_rest_back(
    triage: Triage,
) -> None:
    trace = RIGHT | {
        "final_correct": True,
        "steps": ["a", "b", "c"],
        "proposals": said(["necessary", "incorrect", "necessary"]),
    }
    write_lines(Path("in.jsonl"), [trace])
    triage("run", "in.jsonl", "--out", "out.jsonl", "--accept", "provisional")
    rows = read_lines(Path("out.jsonl"))
    assert [r["decision"] for r in rows] == ["hold", "ask", "hold"]
    again = triage("run", "in.jsonl")
    assert "held           0  clear" in again.out
    assert "behind         2  waiting for the verdict on another step" in again.out
    assert all(r["reasons"][-1]["code"] == "answer-vs-steps" for r in rows)


def test_wrong_answer_with_no_wrong_step_asks_the_most_suspicious(triage: Triage) -> None:
    proposals = said(["necessary"] * 3)
    for proposal in proposals:
        proposal["confidences"] = [0.97, 0.9, 0.97]
    trace = RIGHT | {"final_correct": False, "steps": ["a", "b", "c"], "proposals": proposals}
    write_lines(Path("in.jsonl"), [trace])
    triage("run", "in.jsonl", "--out", "out.jsonl", "--accept", "provisional")
    rows = read_lines(Path("out.jsonl"))
    assert [r["decision"] for r in rows] == ["hold", "ask", "hold"]


def test_scores_alone_give_validity_and_no_label(triage: Triage) -> None:
    proposals = [{"source": "prm", "step_scores": [0.99, None]}]
    trace = RIGHT | {"domain": "poetry", "steps": ["a", "b"], "proposals": proposals}
    write_lines(Path("in.jsonl"), [trace])
    triage("run", "in.jsonl", "--out", "out.jsonl")
    first, second = read_lines(Path("out.jsonl"))
    assert (first["label"], first["validity"]) == (None, "valid")
    assert {"source": "prm", "why": "null"} in second["abstained"]
    assert second["reasons"][0]["code"] == "no-proposal"


def test_opinion_alone_never_clears_redundancy(triage: Triage) -> None:
    trace = RIGHT | {"steps": ["a"], "proposals": said(["redundant"])}
    write_lines(Path("in.jsonl"), [trace])
    triage("run", "in.jsonl", "--out", "out.jsonl")
    (row,) = read_lines(Path("out.jsonl"))
    assert (row["label"], row["decision"]) == ("redundant", "ask")


def test_bad_rows_are_listed_and_the_rest_goes_on(triage: Triage) -> None:
    Path("in.jsonl").write_text(
        '{"problem": "p", "steps": ["a"], "id": "good"}\n{"problem": "p"}\nnot json\n'
        '{"problem": "p", "steps": ["b"], "id": "good"}\n'
    )
    ran = triage("run", "in.jsonl", "--out", "out.jsonl")
    assert ran.status == 3
    assert [r["trace_id"] for r in read_lines(Path("out.jsonl"))] == ["good"]
    rejects = read_lines(Path("out.rejects.jsonl"))
    assert [r["line"] for r in rejects] == [2, 3, 4]
    assert all(r["reason"] and r["file"] for r in rejects)


def test_other_content_under_a_known_id_needs_to_be_meant(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), [{"id": "t", "problem": "p", "steps": ["a"]}])
    assert triage("run", "in.jsonl").status == 0
    write_lines(Path("in.jsonl"), [{"id": "t", "problem": "p", "steps": ["a", "b"]}])
    assert triage("run", "in.jsonl", "--out", "out.jsonl").status == 3
    assert read_lines(Path("out.jsonl")) == []
    assert triage("run", "in.jsonl", "--out", "out.jsonl", "--revise").status == 0
    assert len(read_lines(Path("out.jsonl"))) == 2


def test_standard_input_and_no_usable_input(triage: Triage) -> None:
    assert triage("run", "-", stdin='{"problem": "p", "steps": ["a"]}').status == 0
    ran = triage("run", "-", stdin="")
    assert ran.status == 2
    assert ran.err.startswith("triage: ")
    assert "Traceback" not in ran.err
    assert triage("run", "missing.jsonl").status == 2


def test_the_output_is_never_an_input(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), [{"problem": "p", "steps": ["a"]}])
    before = Path("in.jsonl").read_bytes()
    for name in ("in.jsonl", "*.jsonl"):
        assert triage("run", name, "--out", "in.jsonl").status == 2
        assert Path("in.jsonl").read_bytes() == before


def test_an_output_that_cannot_be_is_told_before_anything_is_asked(triage: Triage) -> None:
    write_lines(Path("in.jsonl"), [{"problem": "p", "steps": ["a"]}])
    Path("in.rejects.jsonl").write_bytes(Path("in.jsonl").read_bytes())
    refused = {
        ("*.jsonl", "in.jsonl"): "is one of the inputs",
        ("in.rejects.jsonl", "in.jsonl"): "is one of the inputs",
        ("in.jsonl", "nowhere/out.jsonl"): "can't write",
        ("in.jsonl", "out.parquet"): "triage export decisions",
        ("in.jsonl", "-"): "triage export decisions",
    }
    for (given, out), why in refused.items():
        ran = triage("run", given, "--out", out)
        assert ran.status == 2, out
        assert why in ran.err
    names = {path.name for path in Path().iterdir() if not path.name.startswith("triage.db")}
    assert names == {"in.jsonl", "in.rejects.jsonl"}
    assert triage("export", "decisions").status == 2  # no trace was taken in


def test_rejected_rows_are_told_without_an_output_too(triage: Triage) -> None:
    Path("in.jsonl").write_text('{"problem": "p", "steps": ["a"]}\n{"problem": "p"}\nno\n')
    ran = triage("run", "in.jsonl")
    assert ran.status == 3
    assert "in.jsonl:2: steps is missing, and so is text" in ran.err
    assert "in.jsonl:3: row is not JSON" in ran.err
    Path("in.jsonl").write_text('{"problem": "p"}\n')
    ran = triage("run", "in.jsonl")
    assert ran.status == 2
    assert "all 1 rows were rejected; in.jsonl:1: steps is missing" in ran.err


def test_a_rejected_row_is_told_what_to_do(triage: Triage) -> None:
    row = {"problem": "p", "steps": ["s"], "human": {"step_labels": ["good"]}}
    foreign = {"question": "2 + 2?", "solution": "4", "\x1b[31m": 1}
    write_lines(Path("in.jsonl"), [foreign, row, {"problem": "p", "steps": ["fine"]}])
    ran = triage("run", "in.jsonl")
    assert "in.jsonl:1: problem is missing; the row has question, solution\n" in ran.err
    assert "the unknown label 'good'" in ran.err
    mapped = ran.err.split("--label-map ")[1].split("'")[1].replace("WORD", "good")
    done = triage("run", "in.jsonl", "--label-map", mapped, "--json")
    assert (done.json["traces"], done.json["rejected"]) == (2, 1)


def test_an_interrupt_shows_no_traceback(triage: Triage, tmp_path: Path) -> None:
    write_lines(tmp_path / "in.jsonl", list(many_traces(3_000)))
    for wait in (0.8, 2.0):
        running = subprocess.Popen(
            [sys.executable, "-m", "triage", "run", "in.jsonl", "--out", "out.jsonl"],
            cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        time.sleep(wait)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all of its processes
        _, err = running.communicate(timeout=60)
        # a shell tells the last as 130; inside the import of a library an interrupt can come out as
        # that library's failure, which is told in a line
        assert running.returncode in (0, 1, 130, -signal.SIGINT), err
        assert "Traceback" not in err
        assert not (tmp_path / "out.jsonl").exists() or running.returncode == 0


STOP = "import os, signal, sys; stop = lambda *_: os.kill(os.getpid(), signal.SIGINT); "
WHILE_IMPORTING = (
    "Finder = type('Finder', (), {'find_spec': lambda self, name, *_: name == 'click' and stop()"
    " or None}); sys.meta_path.insert(0, Finder()); "
)
WHEN_DONE = "import atexit; atexit.register(stop); "


@pytest.mark.parametrize(
    ("when", "status", "said"),
    [(WHILE_IMPORTING, 130, "stopped before anything was done\n"), (WHEN_DONE, 0, "")],
    ids=["before it begins", "after it is done"],
)
def test_an_interrupt_at_the_edges_shows_none_either(when: str, status: int, said: str) -> None:
    code = f"{STOP}{when}from triage.__main__ import run; run()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "--version"],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (status, said)


def many_traces(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        total = number + number % 7
        yield {
            "id": f"t{number}",
            "domain": "math",
            "problem": f"A farm has {number} goats and buys {number % 7} more. How many are there?",
            "steps": [
                f"It had {number} goats.",
                f"{number} + {number % 7} = {total}",
                f"So {total}.",
            ],
            "final_answer": str(total),
            "reference_answer": str(total if number % 5 else total + 1),
            "proposals": said(
                ["necessary", "necessary", "redundant" if number % 3 else "incorrect"]
            ),
        }


def rows_of(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in a store but the row numbers and the times."""
    with sqlite3.connect(store) as connection:
        queries = {
            "traces": "SELECT id, revision, content_hash, domain, steps, body FROM traces",
            "findings": "SELECT t.id, f.plugin, f.fingerprint, f.failed FROM findings f "
            "JOIN traces t ON t.key = f.trace",
            "decisions": "SELECT t.id, d.cause, d.body FROM decisions d "
            "JOIN traces t ON t.key = d.trace",
            "steps": "SELECT t.id, s.step, s.action, s.settled, s.priority, s.reason FROM steps s "
            "JOIN traces t ON t.key = s.trace",
        }
        return {name: sorted(connection.execute(query)) for name, query in queries.items()}


def without_times(out: Path) -> list[dict[str, Any]]:
    """What a run wrote, less the milliseconds that checks took."""
    rows = read_lines(out)
    for row in rows:
        for proposal in row["proposals"]:
            for claim in proposal["evidence"].get("claims", ()):
                claim.pop("ms", None)
    return rows


def kill_at(moment: float, command: list[str], folder: Path) -> bool:
    """Start a run and kill it after so many seconds; False if it was done before."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_killed_at_any_moment_it_ends_with_the_same_rows(triage: Triage, tmp_path: Path) -> None:
    write_lines(tmp_path / "in.jsonl", list(many_traces(500)))
    began = time.monotonic()
    ran = triage("run", "in.jsonl", "--out", "whole.jsonl", "--db", "sqlite:///whole.db")
    assert ran.status == 0
    whole = time.monotonic() - began
    expected = without_times(tmp_path / "whole.jsonl")
    chance = random.Random(1)
    killed = 0
    for store in ("a.db", "b.db", "c.db", "d.db"):
        out = tmp_path / f"{store}.jsonl"
        words = ["run", "in.jsonl", "--out", str(out), "--db", f"sqlite:///{store}"]
        command = [sys.executable, "-m", "triage", *words]
        for _ in range(5):
            killed += kill_at(chance.uniform(0.2, whole), command, tmp_path)
            # the output is there whole or not at all
            assert not out.exists() or without_times(out) == expected
        assert triage(*words).status == 0
        assert rows_of(tmp_path / store) == rows_of(tmp_path / "whole.db")
        assert without_times(out) == expected
    assert killed >= 10


def test_a_run_says_why_nobody_judged(triage: Triage) -> None:
    rows = [
        {"problem": "What is 2 + 2?", "steps": ["2 + 2 = 5"]},
        {"problem": "Who?", "domain": "red\x1b[31m", "steps": ["s"] * 3},
        {"problem": "Who sails?", "domain": "sailing", "steps": ["Port gives way.", "So I do."]},
        {"problem": "Is it law?", "domain": "legal", "steps": ["It is."]},
    ]
    write_lines(Path("in.jsonl"), rows)
    ran = triage("run", "in.jsonl")
    assert ran.status == 0, ran.err
    assert r"no plugin judges red\x1b[31m (3 steps), sailing (2 steps), general (1 step)" in ran.err
    assert "general stands for rows that name no `domain`" in ran.err
    assert "no judge was asked about 1 step in legal: no panel is configured" in ran.err
    told = triage("run", "in.jsonl", "--json").json
    assert told["unserved"] == {"red\x1b[31m": 3, "sailing": 2, "general": 1}
    assert told["without_panel"] == {"legal": 1}
