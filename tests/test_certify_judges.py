"""A streaming certificate of a panel of judges covers no other panel: prompt, model or judge."""

from pathlib import Path
from typing import Any

import pytest
from certify_cases import label_all, ok
from conftest import write_lines
from export_store import rows

from triage import guarantee
from triage.plugins import installed
from triage.standin import Rule, Script, StandIn

pytestmark = pytest.mark.skipif(
    "medical" not in {entry.name for entry in installed()},
    reason="the judge plugins are not installed: pip install -e . again",
)

PRICE = "price = { input = 1.0, output = 5.0 }"
SURE = Script(rules=(Rule(set={"label": "necessary", "confidence": 0.95}),))


def settings(server: StandIn, *, model: str = "m", more: str = "") -> None:
    Path("triage.toml").write_text(
        f'[judges.a]\nprovider = "openai"\nmodel = "{model}"\nurl = "{server.url}/v1"\n{PRICE}\n'
        f'[judges.b]\nprovider = "openai"\nmodel = "n"\nurl = "{server.url}/v1"\n{PRICE}\n{more}'
        # nothing to start in processes of their own
        '[plugins]\nblocked = ["math", "logic", "legal", "science", "finance"]\n',
        encoding="utf-8",
    )


def judged(name: str, traces: int = 8) -> list[dict[str, Any]]:
    """Take traces in; gives their decisions."""
    made = [
        {
            "id": f"{name}{number}",
            "domain": "medical",
            "problem": f"Case {name} {number}: what follows?",
            "steps": [f"Point {step} of {name} {number}." for step in range(4)],
        }
        for number in range(traces)
    ]
    write_lines(Path(f"{name}.jsonl"), made)
    ok("run", f"{name}.jsonl", "--out", f"{name}-out.jsonl")
    return rows(f"{name}-out.jsonl")


def test_another_prompt_model_or_panel_is_not_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with StandIn(SURE) as server:
        settings(server)
        first = judged("t")
        assert {row["decision"] for row in first} == {"hold"}
        for expert in ("ann", "bob"):
            ok("experts", "add", expert, "--credential", "medical")
        ok("certify", "plan", "--stream", "--alpha", "0.2", "--labels", "20")
        ok("certify", "draw", "--seed", "3")
        label_all({(row["trace_id"], row["step"]): "necessary" for row in first})
        ok("certify", "sign", "--out", "stream.json")
        bound = guarantee.verify_stream(Path("stream.json").read_bytes()).bindings
        prompt = first[0]["proposals"][0]["prompt"]
        assert prompt
        said = " ".join(bound[name] for name in bound if name.startswith("source:"))
        assert prompt in said
        assert {row["decision"] for row in judged("same", 1)} == {"accept"}
        third = f'[judges.c]\nprovider = "openai"\nmodel = "o"\nurl = "{server.url}/v1"\n{PRICE}\n'
        changes: dict[str, dict[str, str]] = {
            "prompt": {"more": '[plugin.medical]\nprompt = "legal/step_judge.v1"\n'},
            "model": {"model": "m2"},
            "judge": {"more": third},
        }
        for name, change in changes.items():
            settings(server, **change)
            found = judged(name, 1)
            assert {row["decision"] for row in found} == {"hold"}, name
            assert {row["certificate"] for row in found} == {None}
