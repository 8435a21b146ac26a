"""Langfuse: steps as scores on observations, and people's scores as answers."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from triage.ingest.items import RowError
from triage.platforms.opinions import Told
from triage.platforms.said import Parse, Row, Said, label_in, moment
from triage.records import Mode

NAME: Final = "step_label"
OBSERVATIONS: Final = "observation_ids"
"""The metadata of a trace that name each step's observation in Langfuse, one a step."""
_LANGFUSE_TRACE: Final = "langfuse_trace_id"
_COMMENT: Final = 500
_OURS: Final = "triage-"
"""How the ids of scores begin that were written from here."""


def score(told: Told, step: int, version: str, config: str | None) -> dict[str, Any] | None:
    """A step's proposed label as Langfuse takes it (`POST /api/public/scores`).

    Sent again it replaces itself. A step whose observation is known gets the score there; others
    on the trace, under a name with the step's number.

    Args:
        config: Id of a score config with our four categories: then people find the score filled in
            and verify it.

    Returns:
        None where no label is proposed, or the step is in a blind sample.
    """
    opinion = told.opinions[step]
    if opinion.label is None or opinion.drawn:
        return None
    there = _observations(told.metadata, len(told.steps))
    digest = hashlib.sha256(f"{told.id}\0{step}".encode()).hexdigest()
    made: dict[str, Any] = {
        "id": _OURS + digest[:32],
        "traceId": str(told.metadata.get(_LANGFUSE_TRACE) or told.id),
        "name": NAME if there else f"{NAME}_{step + 1}",
        "value": opinion.label.value,
        "dataType": "CATEGORICAL",
        "comment": "\n".join(opinion.evidence)[:_COMMENT] or None,
        "metadata": {
            "trace_id": told.id,
            "step_index": step,
            "confidence": opinion.confidence,
            "model_version": version,
        },
    }
    if there:
        made["observationId"] = there[step]
    if config is not None:
        made |= {"configId": config, "source": "ANNOTATION"}
    return made


def reader(places: Mapping[str, tuple[str, int]], names: Mapping[str, str]) -> Parse:
    """Reads scores as Langfuse's API lists them: a score a row, or a page with `data`.

    Only people's scores are read (`source` ANNOTATION, with an author). Langfuse shows whoever
    looks at a trace all its scores, so that none of them is blind.

    Args:
        places: The trace and step of each observation.
        names: Experts' names by Langfuse's user ids; the id itself where it is not among them.
    """
    return partial(_read, places, names)


def places_of(told: Told) -> dict[str, tuple[str, int]]:
    """The trace and step of each observation that a trace names, and of the trace itself."""
    there = _observations(told.metadata, len(told.steps))
    found = {one: (told.id, step) for step, one in enumerate(there)}
    return found | {str(told.metadata.get(_LANGFUSE_TRACE) or told.id): (told.id, -1)}


def _read(
    places: Mapping[str, tuple[str, int]], names: Mapping[str, str], row: Row
) -> Iterator[Said | RowError]:
    page = row.get("data")
    for one in page if isinstance(page, list) else [row]:
        if not isinstance(one, dict):
            yield RowError("data", "is no list of scores")
        elif _is_answer(one):
            try:
                yield _said(places, names, one)
            except RowError as why:
                yield why


def _is_answer(score: Row) -> bool:
    named = str(score.get("name", "")).startswith(NAME) and score.get("source") == "ANNOTATION"
    # what was filled in from here and nobody has verified is no answer
    return named and bool(score.get("authorUserId") or not _is_ours(score.get("id")))


def _is_ours(identity: Any) -> bool:
    return str(identity).startswith(_OURS)


def _said(places: Mapping[str, tuple[str, int]], names: Mapping[str, str], given: Row) -> Said:
    word = given.get("stringValue", given.get("value"))
    label = label_in(word)
    if label is None:
        raise RowError("value", f"is none of our labels: {word!r:.40}")
    author = given.get("authorUserId")
    if not isinstance(author, str) or not author:
        raise RowError("authorUserId", "is missing: nobody has verified this score")
    trace_id, step = _place(places, given)
    at = moment(given.get("updatedAt") or given.get("timestamp"), "updatedAt")
    comment = given.get("comment")
    return Said(
        trace_id=trace_id,
        step=step,
        text=None,
        label=label,
        expert=names.get(author, author),
        mode=Mode.ASSISTED,
        at=at,
        identity=f"langfuse:{given.get('id')}:{at.isoformat()}",
        note=comment if isinstance(comment, str) and comment.strip() else None,
    )


def _place(places: Mapping[str, tuple[str, int]], given: Row) -> tuple[str, int]:
    subject = given.get("subject")
    told = {**given, **subject} if isinstance(subject, dict) else given
    kind = told.get("kind")
    observation = told.get("observationId") or (told.get("id") if kind == "observation" else None)
    if observation is not None and observation in places:
        return places[observation]
    trace = told.get("traceId") or (told.get("id") if kind == "trace" else None)
    number = str(given.get("name")).removeprefix(f"{NAME}_")
    if trace in places and number.isdecimal() and int(number[:9]) > 0:
        return places[str(trace)][0], int(number[:9]) - 1
    raise RowError("observationId", f"{observation or trace!r} belongs to no step of the store")


def _observations(metadata: Mapping[str, Any], steps: int) -> tuple[str, ...]:
    there = metadata.get(OBSERVATIONS)
    if not isinstance(there, list) or len(there) != steps:
        return ()
    return tuple(str(one) for one in there)
