"""The plugin author's kit: the scaffold works as written, and the checks find what is wrong."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Triage, write_lines

from triage.conformance import Report, State, assert_conforms, check_plugin
from triage.conformance.scaffold import write_plugin
from triage.errors import UsageError
from triage.plugins import installed
from triage.records import Step, Trace

FOUND = {entry.name for entry in installed()}
BUILT_IN = ("math", "logic", "clinical", "citations", "text", "library", "redact", "medical")


def trace(*steps: str, domain: str = "noise") -> Trace:
    return Trace(
        id="t",
        domain=domain,
        problem="p",
        steps=tuple(Step(index=i, text=text) for i, text in enumerate(steps)),
        group="t",
    )


@pytest.fixture
def strange(strangers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    site = strangers["PYTHONPATH"].split(os.pathsep)[0]
    monkeypatch.syspath_prepend(site)


def state(report: Report, name: str) -> State:
    (found,) = [one for one in report.checks if one.name == name]
    return found.state


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name in FOUND])
def test_what_is_built_in_keeps_the_contract(name: str) -> None:
    assert_conforms(name, deadline_seconds=60, slow_seconds=60)


@pytest.mark.usefixtures("strange")
def test_a_well_behaved_stranger_keeps_it() -> None:
    report = check_plugin("patient", value="patient")
    assert report.conforms, report.failed
    assert state(report, "deterministic") is State.SKIP


WRONG = {
    "raise": "outcomes",
    "eat": "outcomes",
    "string": "outcomes",
    "number": "outcomes",
    "other step": "outcomes",
    "other name": "outcomes",
    "bad confidence": "outcomes",
    "bad label": "outcomes",
    "hang": "comes back",
    "die": "comes back",
    "exit": "outcomes",
    "huge": "outcomes",
    "no number": "outcomes",
    "change": "input",
    "print": "standard output",
}


@pytest.mark.usefixtures("strange")
@pytest.mark.parametrize("way", WRONG)
def test_every_way_to_go_wrong_fails_its_check(way: str) -> None:
    tried: dict[str, Any] = {"traces": [trace("fine", f"{way}: now", "fine")]}
    report = check_plugin(
        "clumsy", value="clumsy", deadline_seconds=5, memory_mb=900, slow_seconds=5, **tried
    )
    assert [one.name for one in report.failed] == [WRONG[way]]
    with pytest.raises(AssertionError, match=WRONG[way]):
        assert_conforms(
            "clumsy", value="clumsy", deadline_seconds=5, memory_mb=900, slow_seconds=5, **tried
        )


@pytest.mark.usefixtures("strange")
@pytest.mark.parametrize(
    "name", ["misspelt", "unimportable", "imposter", "deadly", "leaving", "closing"]
)
def test_what_does_not_load_is_told(name: str) -> None:
    report = check_plugin(name, value=name)
    assert [one.name for one in report.failed] == ["loads"]
    assert report.version is None


SLY = """
import itertools, random, socket
from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
from triage.records import (
    Claim, ClaimVerdict, Evidence, Label, Proposal, SourceKind, Validity
)

calls = itertools.count()

@hookimpl
def triage_describe():
    return PluginInfo(name="sly", version="1", summary="Looks fine.", domains=("noise",),
                      kind=SourceKind.CHECKER)

@hookimpl
def triage_propose(trace, step):
    text = trace.steps[step].text
    if text == "call":
        try:
            socket.create_connection(("example.org", 80), timeout=1)
        except OSError:
            return None
    if text == "chance":
        return None if next(calls) % 2 else _said(step, ClaimVerdict.REFUTED, (0, 2))
    if text == "bless":
        return _said(step, ClaimVerdict.SUPPORTED, (0, 2))
    if text == "outside":
        return _said(step, ClaimVerdict.REFUTED, (0, 99))

def _said(step, verdict, span):
    right = verdict is ClaimVerdict.SUPPORTED
    label = Label.NECESSARY if right else Label.INCORRECT
    return Proposal(step=step, source="sly", kind=SourceKind.CHECKER, label=label,
                    validity=label.validity,
                    evidence=Evidence(claims=(Claim(kind="k", verdict=verdict, span=span),)))
"""


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("call", "network"),
        ("chance", "deterministic"),
        ("bless", "supported is no label"),
        ("outside", "spans"),
        ("fine", None),
    ],
)
def test_what_looks_fine_is_looked_at_closely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, check: str | None
) -> None:
    (tmp_path / "sly.py").write_text(SLY)
    monkeypatch.syspath_prepend(str(tmp_path))
    report = check_plugin("sly", value="sly", traces=[trace(text)], slow_seconds=60)
    assert [one.name for one in report.failed] == ([check] if check else [])


def test_the_command_tells_and_its_status_says_so(
    triage: Triage, strangers: dict[str, str]
) -> None:
    ran = triage("plugins", "check", "patient", "misspelt", "--json", **strangers)
    assert ran.status == 1
    assert [(one["plugin"], one["conforms"]) for one in ran.json] == [
        ("patient", True), ("misspelt", False),
    ]  # fmt: skip
    unknown = triage("plugins", "check", "nobody")
    assert unknown.status == 2
    assert "there are" in unknown.err


def test_a_new_plugin_works_before_a_word_is_changed(triage: Triage, tmp_path: Path) -> None:
    made = triage("plugins", "new", "crop-yield", "--domain", "farming")
    assert made.status == 0, made.err
    folder = tmp_path / "triage-crop-yield"
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tests.returncode == 0, tests.stdout
    assert "4 passed" in tests.stdout
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--target", str(tmp_path / "site"), str(folder)],
        check=True, capture_output=True,
    )  # fmt: skip
    rows = [
        {"id": "a", "domain": "farming", "problem": "Who?", "steps": ["A share of 20 %.", "Fine."],
         "human": {"first_error": None, "first_error_known": True}},
        {"id": "b", "domain": "farming", "problem": "Who?", "steps": ["Fine.", "A share of 120 %."],
         "human": {"first_error": 1, "first_error_known": True}},
        {"id": "c", "domain": "farming", "problem": "Who?", "steps": ["A share of 110 %."],
         "human": {"first_error": None, "first_error_known": True}},
    ]  # fmt: skip
    write_lines(Path("labelled.jsonl"), rows)
    there = f"{tmp_path / 'site'}{os.pathsep}{ROOT}{os.pathsep}{ROOT / 'plugins'}"
    ran = triage("plugins", "bench", "crop-yield", "labelled.jsonl", "--json", PYTHONPATH=there)
    assert ran.status == 0, ran.err
    worth = ran.json
    assert worth["metrics"]["evidence"]["count"] == 3
    assert (worth["alone"]["count"], worth["alone"]["of"]) == (1, 1)
    assert (worth["false_alone"]["count"], worth["false_alone"]["of"]) == (1, 1)
    assert worth["metrics"]["invalid"]["precision"]["share"] == 0.5
    assert worth["metrics"]["invalid"]["recall"]["share"] == 1.0
    assert worth["with_it"]["machine"]["judged"]["count"] == 2
    assert worth["without"]["machine"]["judged"]["count"] == 0
    assert 0 < worth["ms_per_step"] < 1_000
    again = triage("plugins", "new", "crop-yield")
    assert again.status == 2
    assert "there already" in again.err


@pytest.mark.parametrize("name", ["Crop", "crop yield", "../crop", "math", "-x", "class", ""])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_plugin(name, into=tmp_path)
    assert not list(tmp_path.iterdir())


def test_bench_tells_why_it_cannot(triage: Triage) -> None:
    row = {"domain": "x", "problem": "p", "steps": ["s"]}
    write_lines(Path("in.jsonl"), [row])
    silent = triage("plugins", "bench", "redact", "in.jsonl")
    assert silent.status == 2
    assert "judges no steps" in silent.err
