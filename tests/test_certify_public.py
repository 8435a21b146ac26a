"""The whole loop on public sets, whose own labels play the experts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from certify_cases import Place, Truth, exported, label_all, ok
from conftest import read_lines, write_lines

from triage import guarantee

pytestmark = pytest.mark.data
JUDGES = 3


def read(file: Path, *, judges: int | None) -> tuple[list[dict[str, Any]], Truth]:
    """The traces of a set with its first blind judges, and what its people said of each step."""
    traces: list[dict[str, Any]] = []
    truth: Truth = {}
    for trace in read_lines(file):
        words = trace["human"].get("step_labels") or []
        truth |= {(trace["id"], at): word for at, word in enumerate(words) if word}
        if judges is not None:
            blind = [one for one in trace["judges"] if not one.get("saw_reference")]
            trace["judges"] = blind[:judges]
        trace.pop("human")
        traces.append(trace)
    return traces, truth


def wrong_left(decisions: list[dict[str, Any]], truth: Truth, field: str) -> Iterator[Place]:
    """The accepted steps whose exported judgement is not what people said."""
    valid = {"necessary": "valid", "redundant": "valid"}
    for row in decisions:
        place = row["trace_id"], row["step"]
        said = truth[place]
        true = said if field == "label" else valid.get(said, "invalid")
        final = row["final"] and row["final"]["label"]
        shown = final if field == "label" or not final else valid.get(final, "invalid")
        if row["decision"] == "accept" and (shown or row[field]) != true:
            yield place


@pytest.mark.parametrize(
    ("name", "judges", "claim", "alpha", "labels"),
    [
        ("mrmath_redundant", None, "label", "0.2", "90"),
        ("apb_hotpotqa", JUDGES, "validity", "0.25", "40"),
    ],
)
def test_the_loop_on_real_judges(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    judges: int | None,
    claim: str,
    alpha: str,
    labels: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    traces, truth = read(data / f"{name}.jsonl", judges=judges)
    write_lines(Path("in.jsonl"), traces)
    ok("run", "in.jsonl")
    for expert in ("ann", "bob"):
        ok("experts", "add", expert, "--credential", "*")
    ok("certify", "plan", "--alpha", alpha, "--labels", labels, "--claim", claim,
       "--coverage", "0.6")  # fmt: skip
    ok("certify", "draw", "--seed", "11")
    label_all(truth)
    (signed,) = json.loads(ok("certify", "sign", "--out", "cert.json", "--json"))
    certificate = guarantee.verify(Path("cert.json").read_bytes())
    decisions = exported()
    accepted = [row for row in decisions if row["decision"] == "accept"]
    assert len(accepted) == signed["certificate"]["accepted"] > 0
    assert len(list(wrong_left(decisions, truth, claim))) <= certificate.wrong_at_most
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")
