"""A newer version of a plugin is covered by no certificate, though its answers are the same."""

import os
from pathlib import Path
from typing import Any

import pytest
from certify_cases import PLAN, exported, label_all, ok, project
from conftest import read_lines, run_triage, write_lines

from triage import guarantee

PLUGIN = """
from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
from triage.records import Label, Proposal, SourceKind

@hookimpl
def triage_describe():
    return PluginInfo(
        name="warden", version="{version}", summary="Reads.", domains=("prose",),
        kind=SourceKind.JUDGE,
    )

@hookimpl
def triage_propose(trace, step):
    amiss = "amiss" in trace.steps[step].text
    said = Label.INCORRECT if amiss is {right} else Label.NECESSARY
    return Proposal(step=step, source="warden", label=said, validity=said.validity, confidence=0.95)
"""


class Installed:
    """A plugin installed for commands in processes of their own, whose version can be raised."""

    def __init__(self, site: Path) -> None:
        self._site = site
        told = site / "triage_warden-1.dist-info"
        told.mkdir(parents=True)
        (told / "METADATA").write_text("Metadata-Version: 2.1\nName: triage-warden\nVersion: 1\n")
        (told / "entry_points.txt").write_text("[triage]\nwarden = triage_warden\n")
        self.release("1.0")

    def release(self, version: str, *, right: bool = True) -> None:
        """Put another version in the place of the installed one; a bad one says the opposite."""
        (self._site / f"triage_warden_{version.replace('.', '_')}.py").write_text(
            PLUGIN.format(version=version, right=right)
        )
        # a module of its own for each version: no compiled file of the older one can be taken
        (self._site / "triage_warden-1.dist-info" / "entry_points.txt").write_text(
            f"[triage]\nwarden = triage_warden_{version.replace('.', '_')}\n"
        )

    def run(self, name: str, traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take traces in; gives their decisions."""
        for trace in traces:
            said = trace["proposals"][0]["step_labels"]
            for step, label in enumerate(said):
                trace["steps"][step] = f"{name} {step} {'amiss' if label == 'incorrect' else ''}"
        write_lines(Path(f"{name}.jsonl"), traces)
        found = os.environ.get("PYTHONPATH", "")
        ran = run_triage(
            "run", f"{name}.jsonl", "--out", f"{name}-out.jsonl",
            PYTHONPATH=os.pathsep.join([str(self._site), *([found] if found else [])]),
        )  # fmt: skip
        assert ran.status == 0, ran.err
        return read_lines(Path(f"{name}-out.jsonl"))


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.chdir(tmp_path)
    return Installed(tmp_path / "site")


def signed(plugin: Installed, *plan: str) -> list[dict[str, Any]]:
    """Certify steps that version 1.0 judged too; gives their traces."""
    traces, truth = project()
    found = plugin.run("in", traces)
    assert all("warden" in {p["source"] for p in row["proposals"]} for row in found)
    for expert in ("ann", "bob"):
        ok("experts", "add", expert, "--credential", "*")
    ok("certify", "plan", *plan)
    ok("certify", "draw", "--seed", "7")
    label_all(truth)
    ok("certify", "sign", "--out", "cert.json")
    return traces


def test_a_streaming_certificate_ends_where_a_plugin_is_newer(plugin: Installed) -> None:
    signed(plugin, "--stream", "--alpha", "0.15", "--labels", "60")
    certificate = guarantee.verify_stream(Path("cert.json").read_bytes())
    assert certificate.bindings["plugin:warden"]
    same = plugin.run("same", project(15, name="same", seed=8)[0])
    assert any(row["certificate"] for row in same)
    plugin.release("1.1")
    newer = plugin.run("newer", project(15, name="newer", seed=8)[0])
    assert any(row["decision"] == "hold" for row in newer)
    assert not any(row["certificate"] for row in newer)


def test_a_batch_keeps_what_was_frozen_and_covers_nothing_of_a_newer_plugin(
    plugin: Installed,
) -> None:
    traces = signed(plugin, *PLAN)
    certificate = guarantee.verify(Path("cert.json").read_bytes())
    assert certificate.bindings["plugin:warden"]
    before = {(r["trace_id"], r["step"]): r for r in exported() if r["certificate"]}
    assert before
    plugin.release("2.0", right=False)
    late, _ = project(15, name="late", seed=8)
    assert not any(row["certificate"] for row in plugin.run("late", late))
    # it is asked about the certified steps, too, and contradicts every one of them
    plugin.run("in", traces)
    said = {(r["trace_id"], r["step"]): p["label"] for r in exported() for p in r["proposals"]
            if p["source"] == "warden"}  # fmt: skip
    assert all(said[place] != row["label"] for place, row in before.items())
    after = {(r["trace_id"], r["step"]): r for r in exported() if r["certificate"]}
    assert after.keys() == before.keys()
    for place, row in before.items():
        assert [after[place][f] for f in ("label", "score", "text", "certificate")] == [
            row[f] for f in ("label", "score", "text", "certificate")
        ]
    ok("certify", "verify", "cert.json", "--export", "decisions.jsonl", "--verdicts", "log.jsonl")
