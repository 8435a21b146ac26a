"""A panel in one line, and in tables: read the same by every command."""

from pathlib import Path

import pytest
from conftest import Triage, read_lines, write_lines
from judging_runs import KEYS, cases

from triage.configuration.configure import configure
from triage.configuration.panelwords import judges_in_short
from triage.errors import UsageError
from triage.standin import StandIn


def test_three_lines_are_all_that_a_key_needs(triage: Triage) -> None:
    with StandIn() as server:
        environment = {
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "ANTHROPIC_BASE_URL": server.url,
            "TRIAGE_PANEL": "openai:m@1/5, anthropic:n@1/5, openai:other@1/5",
            **KEYS,
        }
        ran = triage("run", cases(4, each=2), "--out", "out.jsonl", "--budget", "5", **environment)
        assert ran.status == 0, ran.err
        assert server.journal.bought().total() == 12
        doctor = triage("doctor", "--json", **environment).json
    for row in read_lines(Path("out.jsonl")):
        sources = [said["source"] for said in row["proposals"]]
        assert sorted(sources) == ["medical:anthropic", "medical:openai", "medical:openai-2"]
    assert {one["to"] for one in doctor["destinations"]} == {f"{server.url}/v1", server.url}


def test_a_table_of_a_judges_own_comes_first() -> None:
    Path("triage.toml").write_text("[judges.openai]\nsamples = 3\nmodel = 'own'\n")
    settings = configure(environment={"TRIAGE_PANEL": "openai:m@1/5"}).settings
    assert settings.judges == {
        "openai": {
            "provider": "openai",
            "model": "own",
            "samples": 3,
            "price": {"input": 1.0, "output": 5.0},
        }
    }


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_words_of_all_forms_are_read() -> None:
    assert judges_in_short(
        ["openai:a:b@0.4/1.6", "litellm:gemini/x-1", "litellm:vertex/y@2024"]
    ) == {
        "openai": {
            "provider": "openai",
            "model": "a:b",
            "price": {"input": 0.4, "output": 1.6},
        },
        "gemini": {"provider": "litellm", "model": "gemini/x-1"},
        "vertex": {"provider": "litellm", "model": "vertex/y@2024"},
    }


@pytest.mark.parametrize("word", ["openai", "m@1/5", "openai:", "OPENAI:m", ":m"])
def test_another_form_is_refused_with_the_right_one(word: str) -> None:
    with pytest.raises(UsageError, match="provider:model"):
        judges_in_short([word])


def test_a_panel_is_measured_within_a_budget_and_its_answers_are_kept(triage: Triage) -> None:
    rows = read_lines(cases(40, each=4))
    for row in rows:
        row["human"] = {"step_labels": ["necessary", "incorrect", "redundant", "necessary"]}
    source = write_lines(Path("labelled.jsonl"), rows)
    with StandIn() as server:
        environment = {"OPENAI_BASE_URL": f"{server.url}/v1", "TRIAGE_PANEL": "openai:m@1/5"} | KEYS
        store = ("--db", "sqlite:///own.db", "--json")
        short = triage("evaluate", source, "--budget", "0.03", *store, **environment)
        assert short.status == 4, short.err
        some = server.journal.bought().total()
        assert 0 < some < 40
        whole = triage("evaluate", source, "--budget", "5", *store, **environment)
        assert whole.status == 0, whole.err
        assert server.journal.bought().total() == len(server.journal.bought()) == 40
    assert "medical:openai" in whole.out
