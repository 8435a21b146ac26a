"""A domain of one's own: a rubric file and a prompt in a folder that the settings name."""

from pathlib import Path

import pytest
from conftest import Triage, read_lines, write_lines

from triage.errors import InputError
from triage.promptbook import PromptBook, read_rubric
from triage.standin import Script, StandIn

RUBRIC = """\
name = "sailing"
domains = ["sailing", "navigation"]
summary = "Tides, courses and lights."
prompt = "sailing/step_judge"
"""
PROMPT = """\
+++
purpose = "Judges a step of reasoning about navigation at sea."
output = "As common/judge.v2."
changes = "The first version."
[inputs]
frame = "All inputs of common/judge.v2."
[error_kinds]
tide = "a height or time of tide that is not so"
other = "wrong in another way"
+++
{% extends "common/judge.v2" %}
{% block role %}The field is navigation at sea.{% endblock %}
{% block expertise %}Recompute heights of tide.{% endblock %}
"""
TRACE = {"id": "t", "domain": "navigation", "problem": "When is high water?", "steps": ["At six."]}
KEYS = {"OPENAI_API_KEY": "x"}


def sailing(prompt: str = PROMPT, rubric: str = RUBRIC) -> None:
    folder = Path("own/sailing")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rubric.toml").write_text(rubric)
    (folder / "step_judge.v1.md").write_text(prompt)


def settings(url: str, more: str = "") -> None:
    judge = f'[judges.a]\nprovider = "openai"\nmodel = "m"\nurl = "{url}/v1"\n{more}'
    price = "price = { input = 1, output = 1 }\n"
    Path("triage.toml").write_text(f'prompts = ["own"]\n{judge}{price}')


@pytest.mark.parametrize(("more", "plugin"), [("", "rubric"), ('mode = "trace"\n', "rubric-trace")])
def test_a_domain_of_ones_own_is_estimated_and_judged(
    triage: Triage, more: str, plugin: str
) -> None:
    sailing()
    write_lines(Path("in.jsonl"), [TRACE])
    with StandIn(Script(items=r"<<\w+ step (\d+)")) as server:
        settings(server.url, more)
        reckoned = triage("estimate", "in.jsonl", "--json", **KEYS).json
        assert reckoned["calls"] == 1, reckoned
        ran = triage("run", "in.jsonl", "--out", "out.jsonl", **KEYS)
        assert ran.status == 0, ran.err
        assert len(server.journal.deliveries) == 1
        # a word of the prompt changes, and the step is asked about again
        sailing(PROMPT.replace("heights of tide", "heights and times of tide"))
        assert triage("run", "in.jsonl", "--out", "new.jsonl", **KEYS).status == 0
        assert len(server.journal.deliveries) == 2
    (row,) = read_lines(Path("out.jsonl"))
    (said,) = row["proposals"]
    assert said["source"] == f"{plugin}:a"
    assert said["prompt"].startswith("sailing/step_judge.v1@sha256:")
    (new,) = read_lines(Path("new.jsonl"))
    assert new["proposals"][0]["prompt"] != said["prompt"]


def test_prompts_of_ones_own_are_listed_shown_and_come_first(triage: Triage) -> None:
    sailing()
    Path("triage.toml").write_text('prompts = ["own"]\n')
    listed = {one["name"] for one in triage("prompts", "list", "--json").json}
    assert {"sailing/step_judge.v1", "medical/step_judge.v2"} <= listed
    assert "heights of tide" in triage("prompts", "show", "sailing/step_judge").out
    own = Path("own/medical")
    own.mkdir()
    (own / "step_judge.v3.md").write_text(PROMPT.replace("navigation at sea", "our wards"))
    assert "our wards" in triage("prompts", "show", "medical/step_judge").out


@pytest.mark.parametrize(
    ("prompt", "rubric", "said"),
    [
        (PROMPT, RUBRIC.replace("domains", "dominions"), "own/sailing/rubric.toml: domains"),
        (PROMPT, "name = ", "own/sailing/rubric.toml is no TOML"),
        (PROMPT, RUBRIC.replace("step_judge", "other"), "no prompt 'sailing/other'"),
        (PROMPT.replace("judge.v2", "judge.v9"), RUBRIC, "common/judge.v9"),
        (PROMPT.replace("purpose", "goal"), RUBRIC, "sailing/step_judge.v1: its header"),
    ],
)
def test_what_is_wrong_with_a_domain_of_ones_own_is_told(
    triage: Triage, prompt: str, rubric: str, said: str
) -> None:
    sailing(prompt, rubric)
    write_lines(Path("in.jsonl"), [TRACE])
    settings("http://127.0.0.1:9")
    ran = triage("doctor", "--json", **KEYS)
    assert ran.status == 1
    problems = [one["problem"] for one in ran.json["advice"] if one["broken"]]
    assert any(said in problem for problem in problems), problems


def test_a_folder_that_is_not_there_is_told(triage: Triage) -> None:
    Path("triage.toml").write_text('prompts = ["owm"]\n')
    write_lines(Path("in.jsonl"), [TRACE])
    for command in (("doctor",), ("prompts", "list"), ("run", "in.jsonl")):
        ran = triage(*command)
        assert ran.status != 0
        assert "there is no folder owm" in ran.out + ran.err


def test_the_shipped_rubrics_have_their_prompts() -> None:
    book = PromptBook()
    assert [rubric.name for rubric in book.rubrics] == ["finance", "science"]
    for rubric in book.rubrics:
        assert book.get(rubric.prompt).header.error_kinds


def test_a_wrong_rubric_says_what_is_wrong(tmp_path: Path) -> None:
    place = tmp_path / "rubric.toml"
    place.write_text('name = "x"\ndomains = ["x"]\nsummary = "s"\n')
    with pytest.raises(InputError, match="prompt"):
        read_rubric(place)
