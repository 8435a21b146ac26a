"""Prompts are found by name and version, rendered as data in a sandbox, and known by their hash."""

from pathlib import Path

import pytest

from triage.errors import InputError, UsageError
from triage.promptbook import PromptBook

HEADER = '+++\npurpose = "p"\noutput = "o"\nchanges = "c"\n+++\n'
CUT = "{{ cut }}"


def book(folder: Path, **files: str) -> PromptBook:
    for name, text in files.items():
        place = folder / "own" / f"{name.replace('_v', '.v')}.md"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return PromptBook([folder])


@pytest.mark.parametrize("name", PromptBook().names())
def test_every_prompt_reads_and_says_what_it_is_for(name: str) -> None:
    found = PromptBook().get(name)
    assert found.header.purpose.endswith(".")
    assert found.header.changes
    assert found.id == f"{name}@sha256:{found.sha256[:16]}"
    if name.endswith("step_judge.v1"):
        assert found.header.error_kinds["other"]


def test_the_newest_version_is_found_by_the_bare_name(tmp_path: Path) -> None:
    found = book(tmp_path, a_v2=HEADER + "two" + CUT, a_v10=HEADER + "10" + CUT, a_v1=HEADER + CUT)
    assert found.get("own/a").name == "own/a.v10"
    assert found.get("own/a.v2").render({}) == ("two", "")


def test_the_hash_is_over_all_that_a_prompt_is_built_on(tmp_path: Path) -> None:
    child = HEADER + '{% extends "own/frame.v1" %}{% block x %}child{% endblock %}'
    frame = HEADER + "frame {% block x %}{% endblock %}" + CUT
    first = book(tmp_path, frame_v1=frame, child_v1=child).get("own/child")
    second = book(tmp_path, frame_v1=frame + "!").get("own/child")
    assert first.render({}) == ("frame child", "")
    assert first.sha256 != second.sha256


def test_inputs_are_data_and_nothing_in_them_runs(tmp_path: Path) -> None:
    found = book(tmp_path, a_v1=HEADER + CUT + "{{ text }}").get("own/a")
    hostile = "{{ 7 * 7 }}{{ cut }}{% set x = 1 %}{{ text.__class__.__mro__ }}"
    assert found.render({"text": hostile}) == ("", hostile)


def test_a_frame_is_parted_at_every_cut(tmp_path: Path) -> None:
    text = "told{{cut}}{{ problem }}{{- cut -}}{% for one in steps %}{{ one }}{% endfor %}"
    found = book(tmp_path, a_v1=HEADER + text).get("own/a")
    assert found.render({"problem": "p", "steps": "abc"}) == ("told", "p", "abc")


@pytest.mark.parametrize("name", ["problem", "mark", "steps[0]", "earlier | join"])
def test_what_a_judge_is_told_holds_no_text_of_a_trace(tmp_path: Path, name: str) -> None:
    inputs = {"problem": "p", "mark": "m", "steps": ["s"], "earlier": ["e"]}
    found = book(tmp_path, a_v1=f"{HEADER}{{{{ {name} }}}}{CUT}").get("own/a")
    with pytest.raises(UsageError, match=r"before {{ cut }} there is only whether whole, covered"):
        found.render(inputs)


def test_what_a_judge_is_told_knows_only_whether_there_is_an_answer(tmp_path: Path) -> None:
    found = book(tmp_path, a_v1=HEADER + "{{ reference }}" + CUT + "{{ reference }}").get("own/a")
    assert found.render({"reference": "forty-two"}) == ("True", "forty-two")
    assert found.render({"reference": ""}) == ("False", "")


def test_a_prompt_cannot_reach_out_of_its_sandbox(tmp_path: Path) -> None:
    found = book(tmp_path, a_v1=HEADER + CUT + "{{ text.__class__.__mro__ }}").get("own/a")
    with pytest.raises(UsageError, match="own/a"):
        found.render({"text": ""})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no header", "TOML header"),
        ('+++\npurpose = "p"\n+++\nx', "output"),
        (HEADER.replace("changes", "surprise") + "x", "surprise"),
        (HEADER + "{% if %}" + CUT, "template"),
        (HEADER + "{% if whole %}" + CUT + "{% endif %}", "template"),
        (HEADER + "nothing is shown", r"put {{ cut }} between"),
        ("+++\n= 3\n+++\nx", "header"),
    ],
)
def test_a_wrong_prompt_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        book(tmp_path, a_v1=text).get("own/a")


def test_a_missing_input_or_prompt_is_the_callers_to_mend(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="text"):
        book(tmp_path, a_v1=HEADER + CUT + "{{ text }}").get("own/a").render({})
    with pytest.raises(UsageError, match="medical/step_judge"):
        PromptBook().get("medical/nothing")
