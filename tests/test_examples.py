"""The project's own examples: well formed, consistent, and showing what they claim to show."""

import json
import re
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import as_file
from typing import Any

import pytest

from triage import examples
from triage.ingest import Ingested, read_traces
from triage.records import Human, Label, ReasonCode, Trace, Validity

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for file in examples.paths()
    for line in file.read_text(encoding="utf-8").splitlines()
]
EXPERT_DOMAINS = ("math", "logic", "medical", "legal")
FROM_RUNNING = {
    ReasonCode.FAILED,
    ReasonCode.EXPERTS_SPLIT,
    ReasonCode.AUDIT_HIT,
    ReasonCode.DRIFT,
}
"""Reasons that arise from an outage or from experts, so that no input can show them."""

Said = list[tuple[str, Label]]


def read() -> dict[str, Trace]:
    with ExitStack() as stack:
        files = [str(stack.enter_context(as_file(file))) for file in examples.paths()]
        items = list(read_traces(files))
    assert not [item for item in items if not isinstance(item, Ingested)]
    return {item.trace.id: item.trace for item in items if isinstance(item, Ingested)}


TRACES = read()


def entries(trace: Trace, key: str) -> list[Any]:
    found = trace.metadata.get(key, [])
    assert isinstance(found, list)
    return found


def human(trace: Trace) -> Human:
    assert trace.human is not None
    return trace.human


def invalid_steps(trace: Trace) -> list[int]:
    words = human(trace).step_labels or ()
    return [i for i, word in enumerate(words) if word and word.validity is Validity.INVALID]


def showing(code: str) -> list[Trace]:
    found = [trace for trace in TRACES.values() if code in entries(trace, "shows")]
    assert found
    return found


def said(trace: Trace, step: int) -> Said:
    """What each judgement with labels says of a step."""
    return [
        (judgement.source, word.label)
        for judgement in trace.proposals
        for word in [judgement.step_labels[step] if judgement.step_labels else None]
        if word is not None and word.label is not None
    ]


def at_some_step(trace: Trace, holds: Callable[[Said], bool]) -> bool:
    return any(holds(said(trace, step.index)) for step in trace.steps)


def test_enough_of_them_with_unique_ids() -> None:
    assert len(TRACES) == len(ROWS) >= 44
    counts = Counter(trace.domain for trace in TRACES.values())
    assert all(counts[domain] >= 10 for domain in EXPERT_DOMAINS)


def test_files_hold_one_domain_each_and_lie_in_the_folder() -> None:
    names = {entry.name for entry in examples.path().iterdir()}
    assert {name for name in names if name.endswith(".jsonl")} == {
        file.name for file in examples.paths()
    }
    for domain, file in zip(examples.DOMAINS, examples.paths(), strict=True):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert {json.loads(line)["domain"] for line in lines} == {domain}


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_each_is_short_and_labelled_throughout(trace: Trace) -> None:
    assert trace.generator == "example"
    assert 3 <= len(trace.steps) <= 8
    words = human(trace).step_labels
    assert words is not None
    assert len(words) == len(trace.steps)
    assert all(word is not None and word.label is not None for word in words)
    assert human(trace).first_error_known
    assert human(trace).first_error == next(iter(invalid_steps(trace)), None)


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_judgements_are_named_as_handwritten_and_fit_the_steps(trace: Trace) -> None:
    for judgement in trace.proposals:
        assert re.fullmatch(r"handwritten-example(:[a-z]+)?(#\d)?", judgement.source)
        lists = (
            judgement.step_labels,
            judgement.step_scores,
            judgement.confidences,
            judgement.explanations,
        )
        assert any(values is not None for values in lists[:2])
        assert all(len(values) == len(trace.steps) for values in lists if values is not None)


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_errors_are_inherited_from_an_earlier_one_only(trace: Trace) -> None:
    inherits = entries(trace, "inherits_error")
    if inherits:
        assert len(inherits) == len(trace.steps)
        first = human(trace).first_error
        assert first is not None
        assert not any(inherits[: first + 1])


@pytest.mark.parametrize("domain", EXPERT_DOMAINS)
def test_all_four_labels_occur_in_every_domain(domain: str) -> None:
    words = {
        word.label
        for trace in TRACES.values()
        if trace.domain == domain
        for word in human(trace).step_labels or ()
        if word
    }
    assert words == set(Label)


def test_each_reason_that_input_can_show_is_shown() -> None:
    shown = {code for trace in TRACES.values() for code in entries(trace, "shows")}
    assert {ReasonCode(code) for code in shown} == set(ReasonCode) - FROM_RUNNING


def test_judges_are_split_where_they_are_to_be() -> None:
    for trace in showing("judges-split"):
        assert at_some_step(trace, lambda all_: len({label.validity for _, label in all_}) > 1)
    both = {Label.NECESSARY, Label.REDUNDANT}
    for trace in showing("necessity-split"):
        assert at_some_step(trace, lambda all_: both <= {label for _, label in all_})


def test_an_unstable_judge_speaks_twice_and_differs() -> None:
    def unstable(all_: Said) -> bool:
        # A judge that was asked twice is read as `name` and `name#2`.
        answers = {(source.partition("#")[0], label) for source, label in all_}
        return len({source for source, _ in answers}) < len(answers)

    for trace in showing("judge-unstable"):
        assert at_some_step(trace, unstable)


def test_first_errors_are_split_where_they_are_to_be() -> None:
    for trace in showing("first-error-split"):
        firsts = set()
        for judgement in trace.proposals:
            words = judgement.step_labels or ()
            flags = [i for i, w in enumerate(words) if w and w.validity is Validity.INVALID]
            firsts.add(flags[0] if flags else None)
        assert len(firsts) > 1


def test_the_other_kinds_have_what_they_need() -> None:
    for trace in showing("low-score"):
        assert any(
            score is not None and score < 0.5
            for j in trace.proposals
            for score in j.step_scores or ()
        )
    for trace in showing("no-proposal"):
        assert not at_some_step(trace, bool)
    for trace in showing("injection-suspected"):
        texts = [step.text.lower() for step in trace.steps]
        assert any(re.search(r"(ignore|disregard) .*instructions", text) for text in texts)
    for trace in showing("checker-vs-judges"):
        for step in invalid_steps(trace):
            assert said(trace, step)
            assert all(label.validity is Validity.VALID for _, label in said(trace, step))
    assert {trace.domain for trace in showing("unseen-domain")}.isdisjoint(EXPERT_DOMAINS)


def test_alternatives_conflict_within_their_group() -> None:
    groups: dict[str, list[Trace]] = {}
    for trace in showing("alternatives-conflict"):
        groups.setdefault(trace.group, []).append(trace)
    assert len(groups) >= 3
    for traces in groups.values():
        assert len({trace.problem for trace in traces}) == 1
        assert len({trace.final_answer for trace in traces}) == len(traces) > 1


def test_answers_and_steps_disagree_in_both_directions() -> None:
    def found_wrong(trace: Trace) -> bool:
        return at_some_step(
            trace, lambda all_: any(label.validity is Validity.INVALID for _, label in all_)
        )

    def answer_right(trace: Trace) -> bool:
        if trace.final_correct is not None:
            return trace.final_correct
        return trace.final_answer == trace.reference_answer

    for trace in showing("answer-vs-steps"):
        wrong_step = bool(invalid_steps(trace))
        assert (wrong_step and answer_right(trace)) or (
            not answer_right(trace) and not found_wrong(trace)
        )
    right = [trace for trace in showing("answer-vs-steps") if answer_right(trace)]
    wrong = [trace for trace in showing("answer-vs-steps") if not answer_right(trace)]
    assert len(right) >= 3
    assert len(wrong) >= 3


def test_errors_are_inherited_and_text_is_unsegmented_somewhere() -> None:
    assert sum(any(entries(trace, "inherits_error")) for trace in TRACES.values()) >= 10
    assert {row["domain"] for row in ROWS if "text" in row} == set(EXPERT_DOMAINS)
