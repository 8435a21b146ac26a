"""Argilla: steps as records with suggestions, and its responses as answers."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from triage.ingest.items import RowError
from triage.platforms.flat import earlier
from triage.platforms.opinions import Told
from triage.platforms.said import Parse, Row, Said, label_in
from triage.records import Mode

QUESTION: Final = "step_label"
_AGENT: Final = "triage:"


def record(told: Told, step: int, version: str, *, blind: bool) -> dict[str, Any]:
    """A step as Argilla's client reads records: `dataset.records.from_json`.

    A question has one suggestion a record: the fused label. What single sources say goes into the
    field `evidence`.
    """
    opinion = None if blind or told.opinions[step].drawn else told.opinions[step]
    suggestions: dict[str, Any] = {}
    if opinion is not None and opinion.label is not None:
        suggestions[QUESTION] = {
            "value": opinion.label.value,
            "score": opinion.confidence,
            "agent": _AGENT + version.removeprefix("triage-"),
        }
    return {
        "id": f"{told.id}:{step}",
        "fields": {
            "problem": told.problem,
            "earlier": earlier(told, step),
            "step": told.steps[step],
            "evidence": "\n".join(opinion.evidence) if opinion else "",
        },
        "metadata": {"trace_id": told.id, "step_index": step, "domain": told.domain},
        "suggestions": suggestions,
        "responses": {},
        "vectors": {},
    }


def reader(names: Mapping[str, str]) -> Parse:
    """Reads records as Argilla's client exports them: `dataset.records.to_json`.

    Argilla does not export when a response was given, so that none of them is blind.

    Args:
        names: Experts' names by Argilla's user ids; the id itself where it is not among them.
    """
    return partial(_said, names)


def _said(names: Mapping[str, str], row: Row) -> Iterator[Said | RowError]:
    metadata, fields = _object(row, "metadata"), _object(row, "fields")
    trace_id, step = metadata.get("trace_id"), metadata.get("step_index")
    if not isinstance(trace_id, str) or not trace_id:
        raise RowError("metadata.trace_id", "is missing: export steps from here first")
    if type(step) is not int or step < 0:
        raise RowError("metadata.step_index", "is no number of a step")
    responses = _object(row, "responses")
    notes = _by_user(responses.get("note"))
    corrections = _by_user(responses.get("correction"))
    for user, value in _by_user(responses.get(QUESTION)).items():
        label = label_in(value)
        if label is None:
            yield RowError(f"responses.{QUESTION}", f"is none of our labels: {value!r:.40}")
            continue
        text = fields.get("step")
        yield Said(
            trace_id=trace_id,
            step=step,
            text=text if isinstance(text, str) else None,
            label=label,
            expert=names.get(user, user),
            mode=Mode.ASSISTED,
            at=None,
            identity=f"argilla:{trace_id}:{step}:{user}",
            note=_words(notes.get(user)),
            correction=_words(corrections.get(user)),
        )


def _by_user(responses: Any) -> dict[str, Any]:
    if not isinstance(responses, list):
        return {}
    given: Iterable[Any] = (one for one in responses if isinstance(one, dict))
    return {str(one.get("user_id")): one.get("value") for one in given if one.get("user_id")}


def _object(row: Row, name: str) -> dict[str, Any]:
    value = row.get(name)
    if not isinstance(value, dict):
        raise RowError(name, "is no object: export with records.to_json")
    return value


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
