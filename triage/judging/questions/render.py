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
        """The question that puts it to a judge; `step` is None where it is about many."""
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
    steps: range,
    *,
    whole: bool,
    reference: bool,
    passages: Sequence[Passage] = (),
    private: Finder | None = None,
) -> Rendered:
    """The prompt about some steps that follow one another.

    Nothing that comes after them and no answer gets into the prompt.

    Args:
        file: The prompt. Passages are shown if its header lists them among its inputs.
        trace: The trace.
        steps: The steps' indices.
        whole: Whether the answer is a list with an item a step; else it is about one step.
        reference: Whether the known right answer is shown.
        passages: Pieces of the team's own sources.
        private: Says what is covered with placeholders before it gets into the prompt.

    Raises:
        RedactionError: The redactor failed.
    """
    seen = trace
    if len(trace.steps) > steps.stop:
        seen = trace.model_copy(update={"steps": trace.steps[: steps.stop]})
    cited = tuple(passages) if "passages" in file.header.inputs else ()
    shown, cover = covered(seen, private, [one.text for one in cited]) if private else (seen, None)
    texts = [plain(one.text) for one in shown.steps]
    first = steps.start
    problem = plain(_problem(shown))
    answer = plain(shown.reference_answer or "") if reference else ""
    pieces = [plain(_passage(one, cover)) for one in cited]
    mark = mark_for(problem, (answer, *texts, *pieces))
    # where many are asked about, those that are not have another name
    before = "earlier step" if whole else "step"
    names = [f"{before if index < first else 'step'} {index}" for index in range(len(texts))]
    blocks = [fenced(mark, name, text) for name, text in zip(names, texts, strict=True)]
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
    if whole and first:
        parts[-1] += f"\n\nAnswer for the steps {first} to {steps.stop - 1} only, by these numbers."
    kinds, severities = tuple(file.header.error_kinds), tuple(file.header.severities)
    read = (_shown(_problem(seen)), *(_shown(one.text) for one in seen.steps))
    return Rendered(
        Prompt(file.id, system, tuple(parts)),
        form_for(kinds, severities, tuple(one.id for one in cited), whole=whole),
        Expected(
            steps=tuple(steps),
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
