"""A panel in one line, and in tables: read the same by every command."""

import re
from pathlib import Path

import pytest
from conftest import Triage, read_lines, write_lines
from judging_runs import KEYS, cases, panel_file

from triage.configuration.configure import configure
from triage.configuration.panelwords import judges_in_short
from triage.errors import UsageError
from triage.judging import read_panel
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


@pytest.mark.parametrize(
    "word",
    [
        "openai",
        "m@1/5",
        "openai:",
        "OPENAI:m",
        ":m",
        "openai:m@-1/5",
        "openai:m@0.4",
        "openai:m@1/",
    ],
)
def test_another_form_is_refused_with_the_right_one(word: str) -> None:
    with pytest.raises(UsageError, match="provider:model"):
        judges_in_short([word])


FULL = {"provider": "openai", "model": "m"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"provider": "opnai"}, "judges.a.provider is 'opnai': it should be 'openai', 'anthropic'"),
        ({"model": ""}, "judges.a.model is ''"),
        ({"samples": 0}, "judges.a.samples is 0: it should be greater than or equal to 1"),
        ({"temprature": 1}, "judges.a.temprature is no setting of a judge: did you mean 'temper"),
        ({"api_key": "sk-1"}, "its name into key_env"),
        ({"key_env": "sk-1"}, "the name of an environment variable"),
        ({"url": "localhost/v1"}, "should begin with http"),
        ({"url": "http://"}, "names no machine"),
        ({"price": 1.0}, "judges.a.price is not right: it should be like { input = "),
        ({"price": {"input": -1, "output": 1}}, "judges.a.price.input is -1"),
        ({"price": {"input": 1}}, "judges.a.price.output is missing: US dollars per million"),
        ({"price": {"input": 1, "outptu": 1, "output": 1}}, "did you mean 'output'"),
        ({"provider": "litellm", "batch": True}, "only openai and anthropic have batches"),
    ],
)
def test_a_judge_that_is_not_right_is_told_with_what_to_write(
    given: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(told)) as wrong:
        read_panel({"a": FULL | given})
    assert "sk-1" not in str(wrong.value), "a key is never repeated"
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("panel", "told"),
    [
        ({"a": 3}, "judges.a: a table is expected"),
        ({"a": {"provider": "openai"}}, "judges.a.model is missing: give the provider's name"),
        ({"GPT": FULL}, "judges.GPT: a judge's name is made of small letters"),
        ({"a": {"samples": 0}}, "judges.a.provider is missing"),
        ({"a": {"samples": 0}}, "judges.a.samples is 0"),
        ({"a": FULL, "b": FULL | {"samples": 3}}, "judges.b asks just what judges.a asks"),
    ],
)
def test_a_panel_that_is_not_right_is_told(panel: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        read_panel(panel)


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ('judges = ["b"]', "plugin.medical.judges: no judge 'b' is configured; there are: a"),
        ('prompt = "medical/none.v9"', "plugin.medical.prompt: no prompt 'medical/none.v9' here"),
    ],
)
def test_a_choice_of_what_is_not_there_is_told(triage: Triage, chosen: str, told: str) -> None:
    with StandIn() as server:
        panel_file(server)
        with Path("triage.toml").open("a", encoding="utf-8") as file:
            file.write(f"[plugin.medical]\n{chosen}\n")
        source = cases(4, each=2)
        for command in ("run", "estimate"):
            ran = triage(command, source, **KEYS)
            assert ran.status == 2
            assert told in ran.err
        assert told in triage("doctor", **KEYS).out
        assert server.journal.bought().total() == 0


def test_the_summary_says_what_failed_and_who_must_act(triage: Triage) -> None:
    with StandIn() as server:
        panel_file(server, key_env="NOT_SET")
        ran = triage("run", cases(4, each=2), "--out", "out.jsonl")
        assert ran.status == 3
        assert (
            "medical:a failed at 4 steps: not-configured (judges.a: set the environment variable "
            "NOT_SET)" in ran.err
        )
        assert "not-configured: mend what `triage doctor`" in ran.err
        panel_file(server)
        ran = triage("run", cases(4, each=2), "--json", **KEYS)
        assert ran.status == 0, ran.err
        assert ran.json["failures"] == []


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
