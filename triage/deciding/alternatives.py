"""Alternative traces of one problem: what they say against each other."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from triage.records import Findings, Trace

Value = tuple[str, str]
"""What a statement is about, and the value it gives."""

_LEAD: Final = re.compile(r"^(the |final |answer|is|:|=|\s)+", re.IGNORECASE)
_EDGES: Final = " \t\n.,;:!$€£%()[]{}\"'`*_\\"


class Alternative(NamedTuple):
    """Another trace of the same problem, cut to what is compared.

    Attributes:
        answer: Its final answer as `plain_answer` gives it; None where it has none.
        values: What its checked statements say, by what they are about.
    """

    trace_id: str
    answer: str | None
    values: frozenset[Value] = frozenset()


class AnswerConflict(NamedTuple):
    """Who answers the same as a trace and who does not."""

    same: tuple[str, ...]
    other: tuple[str, ...]


def alternative_of(trace: Trace, findings: Findings) -> Alternative:
    """What the other traces of its problem need to know of a trace."""
    stated = frozenset(value for _step, value, _source in stated_values(findings))
    return Alternative(trace.id, plain_answer(trace.final_answer), stated)


def plain_answer(answer: str | None) -> str | None:
    """An answer in a form that is the same for the same answer written otherwise.

    It knows about spaces, case, wrapping signs and ways to write a number, not about any domain:
    answers that differ here may still mean the same, which costs an expert's look.
    """
    if answer is None:
        return None
    text = re.sub(r"\\boxed\{(.*)\}", r"\1", answer.strip(), flags=re.DOTALL)
    text = _LEAD.sub("", text).strip(_EDGES).casefold()
    text = re.sub(r"\s+", " ", text)
    try:
        number = Decimal(text.replace(",", ""))
        return str(number.normalize()) if number.is_finite() else text
    except ArithmeticError:
        return text or None


def answer_conflict(trace: Trace, alternatives: Sequence[Alternative]) -> AnswerConflict | None:
    """How the final answers of the problem's traces stand; None unless they differ."""
    own = plain_answer(trace.final_answer)
    others = [one for one in alternatives if one.answer is not None]
    if own is None:
        return None
    apart = tuple(one.trace_id for one in others if one.answer != own)
    if not apart:
        return None
    return AnswerConflict(tuple(one.trace_id for one in others if one.answer == own), apart)


def answer_support(trace: Trace, alternatives: Sequence[Alternative]) -> float | None:
    """Share of the other traces with an answer that give the same one; None without any."""
    own = plain_answer(trace.final_answer)
    others = [one.answer for one in alternatives if one.answer is not None]
    if own is None or not others:
        return None
    return others.count(own) / len(others)


def value_conflicts(
    findings: Findings, alternatives: Iterable[Alternative]
) -> Iterator[tuple[int, str, str, tuple[str, ...]]]:
    """Statements that another trace makes with another value.

    Yields:
        The step, what it is about with its value, the other value, and who gives that.
    """
    elsewhere: dict[str, dict[str, list[str]]] = {}
    for one in alternatives:
        for about, value in one.values:
            elsewhere.setdefault(about, {}).setdefault(value, []).append(one.trace_id)
    said: set[tuple[int, Value]] = set()
    for step, (about, value), source in stated_values(findings):
        if (step, (about, value)) in said:
            continue
        said.add((step, (about, value)))
        for other, who in sorted(elsewhere.get(about, {}).items()):
            if other != value:
                yield step, f"{about} {value}", other, (source, *sorted(who))


def stated_values(findings: Findings) -> Iterator[tuple[int, Value, str]]:
    """The values that checked statements give: the step, about what and which, and the checker.

    A claim is about what stands before the value that it found.
    """
    for proposal in findings.proposals:
        for claim in proposal.evidence.claims:
            found = claim.found
            text = claim.text.strip()
            if found and text.endswith(found) and len(text) > len(found):
                about = re.sub(r"\s+", " ", text[: -len(found)]).strip().casefold()
                if about.strip(_EDGES + "=<>-+/"):
                    yield proposal.step, (about, found), proposal.source
