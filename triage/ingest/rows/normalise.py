"""From a row of the input to a trace with the house's names."""

from typing import Final

from pydantic import ValidationError

from triage.ingest.items import RowError
from triage.ingest.options import IngestOptions
from triage.ingest.rows.fields import answer, answers, as_object, flag, name, text, texts
from triage.ingest.rows.identity import content_hash, id_from_content, problem_group
from triage.ingest.rows.judgements import read_human, read_judgements
from triage.records import DEFAULT_DOMAIN, Step, Trace
from triage.segment import segment

_KNOWN: Final = frozenset(Trace.model_fields) | {"judges"}
_NAME: Final = 500
"""Longest id, group, domain, subject or generator in characters."""
_NAMED: Final = 12
"""How many of its fields a rejected row is said to have."""
_WORD: Final = 30
"""Longest name of them in characters: a longer one is no name."""


def normalise(row: dict[str, object], options: IngestOptions) -> tuple[Trace, str]:
    """Read one row by the contract.

    Fields the contract does not know land in `metadata`, under their own names; what judges' and
    experts' entries hold beyond the contract lands there under `judges` (by source) and `human`.
    A name that `metadata` itself already uses gets an underscore behind it. With both `steps` and
    `text` the steps count, and the text is where their spans are looked up. `domain` is read in
    lower case, a `group` is made from the problem's text and an `id` from the content if absent.

    Returns:
        The trace and its content hash.

    Raises:
        RowError: Naming the field and the reason.
    """
    limit = options.limits.text_chars
    problem = text(row, "problem", limit)
    if problem is None or not problem.strip():
        raise RowError("problem", _lacking(row) if problem is None else "is empty")
    domain = (name(row, "domain", _NAME) or DEFAULT_DOMAIN).lower()
    steps, original = _steps(row, domain, options)
    proposals, judge_extras = read_judgements(row, len(steps), options)
    human, human_extras = read_human(row, len(steps), options)
    given_id = name(row, "id", _NAME)
    fields = {
        "id": given_id or "pending",
        "domain": domain,
        "subject": name(row, "subject", _NAME),
        "problem": problem,
        "options": answers(row, "options", limit),
        "steps": steps,
        "text": original,
        "final_answer": answer(row, "final_answer", limit),
        "reference_answer": answer(row, "reference_answer", limit),
        "final_correct": flag(row, "final_correct", "final_correct"),
        "group": name(row, "group", _NAME) or problem_group(problem),
        "generator": name(row, "generator", _NAME),
        "proposals": proposals,
        "human": human,
        "metadata": _metadata(row, {"judges": judge_extras, "human": human_extras}),
    }
    try:
        trace = Trace.model_validate(fields)
    except ValidationError as why:
        first = why.errors(include_url=False, include_input=False)[0]
        raise RowError(".".join(map(str, first["loc"])) or None, first["msg"]) from None
    content = content_hash(trace)
    if given_id is None:
        trace = trace.model_copy(update={"id": id_from_content(content)})
    return trace, content


def _lacking(row: dict[str, object], more: str = "") -> str:
    """Say that a field is missing, and which there are: it may only be named otherwise."""
    named = [field for field in row if field.isidentifier() and len(field) <= _WORD][:_NAMED]
    return f"is missing{more}; the row has {', '.join(named) or 'no fields'}"


def _steps(
    row: dict[str, object], domain: str, options: IngestOptions
) -> tuple[tuple[Step, ...] | list[dict[str, object]], str | None]:
    limits = options.limits
    original = text(row, "text", limits.text_chars)
    given = texts(row, "steps", limits.step_chars)
    if given is None:
        if original is None:
            raise RowError("steps", _lacking(row, ", and so is text"))
        cut = segment(original, options.granularity_for(domain))
        if not cut:
            raise RowError("text", "is empty")
        _check_count(len(cut), "text", limits.steps)
        for step in cut:
            if len(step.text) > limits.step_chars:
                reason = f"has a step of {len(step.text)} characters, more than {limits.step_chars}"
                raise RowError("text", reason)
        return cut, original
    _check_count(len(given), "steps", limits.steps)
    for at, step_text in enumerate(given):
        if not step_text or step_text.isspace():
            raise RowError(f"steps[{at}]", "is empty; the whole trace is left out")
    return _placed(given, original), original


def _check_count(count: int, field: str, limit: int) -> None:
    if not count:
        raise RowError(field, "is empty")
    if count > limit:
        raise RowError(field, f"has {count} steps, more than {limit}")


def _placed(steps: list[str], original: str | None) -> list[dict[str, object]]:
    plain: list[dict[str, object]] = [
        {"index": index, "text": step} for index, step in enumerate(steps)
    ]
    if original is None:
        return plain
    end = 0
    placed: list[dict[str, object]] = []
    for index, step in enumerate(steps):
        begin = original.find(step, end)
        if begin < 0:
            return plain
        end = begin + len(step)
        placed.append({"index": index, "text": step, "span": (begin, end)})
    return placed


def _metadata(row: dict[str, object], extras: dict[str, object]) -> dict[str, object]:
    given = row.get("metadata")
    metadata = {} if given is None else dict(as_object(given, "metadata"))
    unknown = {field: value for field, value in row.items() if field not in _KNOWN}
    unknown.update((field, value) for field, value in extras.items() if value)
    for field, value in unknown.items():
        free = field
        while free in metadata:
            free += "_"
        metadata[free] = value
    return metadata
