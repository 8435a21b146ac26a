"""Turns a trace and a prompt file into the prompt of one question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from triage.judging.panel import Judge
from triage.judging.questions.answers import Expected, Form, form_for, squeezed
from triage.judging.questions.fence import fenced, mark_for, plain
from triage.judging.questions.question import Prompt, Question
from triage.promptbook import PromptFile
from triage.records import Passage, Trace
from triage.redaction import Cover, Finder, covered


@dataclass(frozen=True)
class Rendered:
    """A prompt with what its answer is checked against."""

    prompt: Prompt
    form: Form
    expected: Expected

    def question(
        self, judge: Judge, plugin: str, trace: Trace, step: int | None, sample: int
    ) -> Question:
        """The question that puts it to a judge; `step` is None for the whole trace."""
        return Question(
            judge=judge,
            prompt=self.prompt,
            form=self.form,
            expected=self.expected,
            source=f"{plugin}:{judge.name}",
            domain=trace.domain,
            trace_id=trace.id,
            step=step,
            sample=sample,
        )


def render(
    file: PromptFile,
    trace: Trace,
    step: int | None,
    *,
    reference: bool,
    passages: Sequence[Passage] = (),
    private: Finder | None = None,
) -> Rendered:
    """The prompt about one step, or about the whole trace where `step` is None.

    About one step, nothing that comes after it and no answer gets into the prompt.

    Args:
        file: The prompt. Passages are shown if its header lists them among its inputs.
        trace: The trace.
        step: The step's index.
        reference: Whether the known right answer is shown.
        passages: Pieces of the team's own sources.
        private: Says what is covered with placeholders before it gets into the prompt.

    Raises:
        RedactionError: The redactor failed.
    """
    whole = step is None
    seen = trace
    if step is not None and len(trace.steps) > step + 1:
        seen = trace.model_copy(update={"steps": trace.steps[: step + 1]})
    cited = tuple(passages) if "passages" in file.header.inputs else ()
    shown, cover = covered(seen, private, [one.text for one in cited]) if private else (seen, None)
    texts = [plain(one.text) for one in shown.steps]
    first = 0 if whole else len(texts) - 1
    problem = plain(_problem(shown))
    answer = plain(shown.reference_answer or "") if reference else ""
    pieces = [plain(_passage(one, cover)) for one in cited]
    mark = mark_for(problem, (answer, *texts, *pieces))
    blocks = [fenced(mark, f"step {index}", text) for index, text in enumerate(texts)]
    system, *parts = file.render(
        {
            "mark": mark,
            "whole": whole,
            "problem": fenced(mark, "problem", problem),
            "reference": fenced(mark, "right answer", answer) if answer else "",
            "covered": bool(cover and cover.originals),
            "passages": [
                fenced(mark, f"passage {one.id}", piece)
                for one, piece in zip(cited, pieces, strict=True)
            ],
            "earlier": blocks[:first],
            "steps": blocks[first:],
        }
    )
    kinds, severities = tuple(file.header.error_kinds), tuple(file.header.severities)
    read = (_shown(_problem(seen)), *(_shown(one.text) for one in seen.steps))
    return Rendered(
        Prompt(file.id, system, tuple(parts)),
        form_for(kinds, severities, tuple(one.id for one in cited), whole=whole),
        Expected(
            steps=tuple(range(first, len(texts))),
            whole=whole,
            visible=" ".join(filter(None, read)),
            error_kinds=kinds,
            severities=severities,
            passages={one.id: one for one in cited},
            originals=cover.originals if cover else {},
        ),
    )


@lru_cache(maxsize=4_096)
def _shown(text: str) -> str:
    """A text as quotes of it are compared; steps come again with every step after them."""
    return squeezed(plain(text))


def _passage(passage: Passage, cover: Cover | None) -> str:
    text = cover.hide(passage.text) if cover else passage.text
    source = cover.hide(passage.source) if cover else passage.source
    return f"{source}\n\n{text}" if source else text


def _problem(trace: Trace) -> str:
    if not trace.options:
        return trace.problem
    return "\n".join((trace.problem, "", "Options:", *trace.options))
