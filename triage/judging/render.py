"""Turns a trace and a prompt file into the prompt of one question."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage.judging.answers import Expected, schema_for, squeezed
from triage.judging.fence import fenced, mark_for, plain
from triage.judging.question import Prompt
from triage.promptbook import PromptFile
from triage.records import Trace


@dataclass(frozen=True)
class Rendered:
    """A prompt with what its answer is checked against."""

    prompt: Prompt
    schema: Mapping[str, Any]
    expected: Expected


def render(file: PromptFile, trace: Trace, step: int | None, *, reference: bool) -> Rendered:
    """The prompt about one step, or about the whole trace where `step` is None.

    About one step, nothing that comes after it and no answer gets into the prompt. `reference`
    puts the known right answer there.
    """
    whole = step is None
    shown = trace.steps if step is None else trace.steps[: step + 1]
    texts = [plain(one.text) for one in shown]
    first = 0 if whole else len(texts) - 1
    problem = plain(_problem(trace))
    answer = plain(trace.reference_answer or "") if reference else ""
    mark = mark_for(problem, (answer, *texts))
    blocks = [fenced(mark, f"step {index}", text) for index, text in enumerate(texts)]
    system, *parts = file.render(
        {
            "mark": mark,
            "whole": whole,
            "problem": fenced(mark, "problem", problem),
            "reference": fenced(mark, "right answer", answer) if answer else "",
            "earlier": blocks[:first],
            "steps": blocks[first:],
        }
    )
    kinds = tuple(file.header.error_kinds)
    return Rendered(
        Prompt(file.id, system, tuple(parts)),
        schema_for(kinds, whole=whole),
        Expected(
            steps=tuple(range(first, len(texts))),
            whole=whole,
            visible=squeezed("\n".join((problem, *texts))),
            error_kinds=kinds,
        ),
    )


def _problem(trace: Trace) -> str:
    if not trace.options:
        return trace.problem
    return "\n".join((trace.problem, "", "Options:", *trace.options))
