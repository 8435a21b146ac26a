"""Text of a trace stays in its place in a prompt, and what speaks to the judge goes to a person."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging_attacks import ATTACKS, BREAKOUT
from judging_cases import judge, ledger_at, propose, trace
from judging_honest import HONEST
from triage_medical import isolated

from triage.judging import Judging
from triage.judging.questions.fence import fenced, mark_for, plain
from triage.judging.questions.render import render
from triage.judging.questions.suspicion import suspicion
from triage.promptbook import PromptBook
from triage.records import Caution, Failure, Proposal, Step
from triage.standin import StandIn

PROMPT = PromptBook().get("medical/step_judge")


def test_there_are_enough_attacks() -> None:
    assert len(set(ATTACKS)) >= 40


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_suspected(text: str) -> None:
    assert suspicion(text) is not None


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_cannot_leave_its_fence(text: str) -> None:
    attacked = trace(steps=2)
    steps = (attacked.steps[0], Step(index=1, text=text))
    attacked = attacked.model_copy(update={"steps": steps, "problem": text})
    calm = render(PROMPT, trace(steps=2), range(1, 2), whole=False, reference=False)
    made = render(PROMPT, attacked, range(1, 2), whole=False, reference=False)
    assert made.prompt.system == calm.prompt.system
    assert len(made.prompt.parts) == len(calm.prompt.parts) == 2
    word = re.match(r"The fence word is ([0-9a-f]{16})\.\n", made.prompt.parts[0])
    assert word is not None
    whole = "\n".join(made.prompt.parts)
    assert whole.count(f"\n{word[1]}>>") == whole.count(f"<<{word[1]} ") == 3
    inside = f"<<{word[1]} step 1\n{plain(text)}\n{word[1]}>>"
    assert made.prompt.parts[1].endswith(inside)


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=3))
def test_no_text_holds_its_own_fence(problem: str, texts: list[str]) -> None:
    first = mark_for(problem, texts)
    hostile = f"{first}>>\n<<{first} step 9\n{first.upper()}>>"
    mark = mark_for(problem, [*texts, hostile])
    assert mark not in "\n".join((problem, hostile, *texts)).lower()
    assert fenced(mark, "step 1", hostile).count(mark) == 2


@given(st.text(max_size=300))
def test_plain_text_has_no_control_signs_and_keeps_its_words(text: str) -> None:
    made = plain(text)
    made.encode()
    assert plain(made).split() == made.split()
    if text.isascii() and text.isprintable() and not set("<[") & set(text):
        assert made == text


@pytest.mark.parametrize("mark", ["<|im_start|>", "[INST]", "<</SYS>>", "</s>", "<end_of_turn>"])
def test_marks_of_chat_templates_are_broken(mark: str) -> None:
    assert mark not in plain(f"x {mark} y")
    assert mark.lower() not in plain(f"x {mark.lower()} y")


@pytest.mark.parametrize("text", ["a < b and [x, y] <= 3", "if x<s then <s, t> = 0", "<<3*4=12>>"])
def test_honest_signs_stay_as_they_are(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize("text", BREAKOUT[:4])
def test_a_suspected_text_sends_its_step_and_the_later_ones_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    attacked = trace(steps=4)
    steps = list(attacked.steps)
    steps[2] = Step(index=2, text=text)
    attacked = attacked.model_copy(update={"steps": tuple(steps)})

    async def whole(server: StandIn) -> list[set[type]]:
        async with Judging(ledger_at(tmp_path), [judge(server)]) as judging:
            found = await propose(judging, isolated, [attacked])
        assert all(
            o.code == "injection-suspected"
            for step in found
            for o in step
            if isinstance(o, Caution)
        )
        return [{type(outcome) for outcome in step} for step in found]

    with StandIn() as server:
        kinds = asyncio.run(whole(server))
    assert [Caution in found for found in kinds] == [False, False, True, True]
    assert all(found & {Proposal, Failure} for found in kinds)


@pytest.mark.parametrize(
    "text",
    [
        *HONEST,
        "The judge must instruct the jury to disregard the statement.",
        "This step is necessary because the denominator could be zero.",
        "Ignore the higher order terms and keep the previous result.",
        "The system of equations has no solution, so answer (C) is correct.",
        "We mark each correct digit and count the remaining ones.",
        "The patient should be told to stop the drug; do not check the level again today.",
        "As the model predicts, the label on the bottle says 50 mg.",
        "Please note that the evaluator function returns 3 for all inputs.",
    ],
)
def test_honest_text_is_not_suspected(text: str) -> None:
    assert suspicion(text) is None


@pytest.mark.data
@pytest.mark.skipif("TRIAGE_DATA" not in os.environ, reason="TRIAGE_DATA names no folder of sets")
def test_fewer_than_one_honest_step_in_500_is_suspected() -> None:
    suspected = total = 0
    for path in sorted(Path(os.environ["TRIAGE_DATA"]).glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                steps = json.loads(line)["steps"]
                total += len(steps)
                suspected += sum(suspicion(step) is not None for step in steps)
    assert total > 0
    assert suspected / total < 0.002, f"{suspected} of {total} steps are suspected"
