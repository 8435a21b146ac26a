"""`triage prompts`: what judges are told can be listed, read and compared."""

from conftest import Triage

from triage.promptbook import PromptBook


def test_every_version_is_listed_with_its_hash(triage: Triage) -> None:
    listed = {one["name"]: one for one in triage("prompts", "list", "--json").json}
    book = PromptBook()
    assert set(listed) == set(book.names())
    assert {"medical/step_judge.v1", "legal/step_judge.v1"} <= set(listed)
    for name, one in listed.items():
        assert one["sha256"] == book.get(name).sha256
        assert one["purpose"]
        assert one["changes"]
    table = triage("prompts", "list").out
    assert listed["medical/step_judge.v1"]["sha256"][:16] in table


def test_a_prompt_is_shown_with_its_hash_and_the_newest_without_a_version(triage: Triage) -> None:
    shown = triage("prompts", "show", "medical/step_judge.v1")
    assert shown.status == 0
    found = PromptBook().get("medical/step_judge.v1")
    assert found.id in shown.out
    assert found.text.strip() in shown.out
    newest = PromptBook().get("medical/step_judge")
    assert newest.id in triage("prompts", "show", "medical/step_judge").out


def test_two_prompts_are_compared_line_by_line(triage: Triage) -> None:
    told = triage("prompts", "diff", "medical/step_judge.v1", "legal/step_judge.v1").out
    assert told.startswith("--- medical/step_judge.v1@sha256:")
    assert any(line.startswith("-1. **Findings.**") for line in told.splitlines())
    assert triage("prompts", "diff", "medical/step_judge.v1", "medical/step_judge.v1").out == ""


def test_a_prompt_that_is_not_there_is_told_with_those_that_are(triage: Triage) -> None:
    ran = triage("prompts", "show", "medical/nothing")
    assert ran.status != 0
    assert "medical/step_judge.v1" in ran.err
