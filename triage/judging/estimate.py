"""What judging would take, before anything is spent."""

from collections.abc import Iterable, Sequence
from typing import Final

from triage.judging.bookkeeping.ledger import Work
from triage.judging.bookkeeping.money import BATCH_SHARE, NANO, cost, worst_case
from triage.judging.calls.answered import best_of, is_settled
from triage.judging.panel import Judge
from triage.judging.questions.question import Question
from triage.judging.service import Judging
from triage.plugininfo import PluginInfo
from triage.promptbook import PromptFile
from triage.providers import Usage
from triage.records import Trace
from triage.records.job import JudgeEstimate

_BYTES_PER_TOKEN: Final = 4.0
_ANSWER_TOKENS: Final = 150
"""Of one step's answer: a rationale of a few sentences and the other fields."""


async def estimate(
    judging: Judging,
    judge: Judge,
    plugin: PluginInfo,
    prompt: PromptFile,
    traces: Iterable[Trace],
    *,
    batches: bool = False,
) -> JudgeEstimate:
    """Reckon without sending anything to a judge.

    The worst case is of direct calls: what batches do not answer is asked directly.

    Args:
        judging: The panel.
        judge: Whom it is about.
        plugin: Who would ask.
        prompt: With which prompt.
        traces: What would be asked about.
        batches: Whether a judge with `batch` is asked in batches, as runs do.

    Raises:
        EvidenceError: A source of passages failed.
        RedactionError: The redactor failed.
    """
    share = BATCH_SHARE if batches and judge.batch else 1.0
    calls = stored = sent = back = usd = worst = 0
    for trace in traces:
        questions = await judging.all_questions(judge, plugin, prompt, trace)
        known = judging.ledger.apply(Work(lookup=[question.key for question in questions])).found
        for question in questions:
            if is_settled(best_of(question, known.get(question.key, ())), question):
                stored += 1
                continue
            usage = _usage(question)
            calls += 1
            sent += usage.input
            back += usage.output
            if judge.price is not None:
                usd += cost(judge.price, usage, share)
                worst += worst_case(judge.price, question.ask)
    priced = judge.price is not None
    return JudgeEstimate(
        judge=judge.name,
        plugin=plugin.name,
        calls=calls,
        stored=stored,
        input_tokens=sent,
        output_tokens=back,
        usd=usd / NANO if priced else None,
        worst_usd=worst / NANO if priced else None,
    )


def together(parts: Sequence[JudgeEstimate]) -> JudgeEstimate:
    """The sum of estimates for one judge and one plugin over different traces."""

    def total(values: Iterable[float | None]) -> float | None:
        known = list(values)
        return None if None in known else sum(one for one in known if one is not None)

    return JudgeEstimate(
        judge=parts[0].judge,
        plugin=parts[0].plugin,
        calls=sum(one.calls for one in parts),
        stored=sum(one.stored for one in parts),
        input_tokens=sum(one.input_tokens for one in parts),
        output_tokens=sum(one.output_tokens for one in parts),
        usd=total(one.usd for one in parts),
        worst_usd=total(one.worst_usd for one in parts),
    )


def _usage(question: Question) -> Usage:
    ask = question.ask
    sent = sum(len(text.encode()) for text in (ask.system, *ask.parts))
    answers = len(question.expected.steps)
    return Usage(
        input=round(sent / _BYTES_PER_TOKEN),
        output=min(ask.max_tokens, answers * _ANSWER_TOKENS),
    )
