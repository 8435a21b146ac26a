"""Annotations: what people said on Label Studio's page."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from triage.errors import UsageError
from triage.ingest.items import RowError
from triage.platforms.label_studio.forms.config import INHERITS
from triage.platforms.label_studio.forms.tasks import Place, place_of
from triage.platforms.said import Said, label_in, moment
from triage.records import Label, Mode
from triage.store.platforms.label_studio import ProjectKey

_SPOKEN: Final = ("note", "correction")


class Room(NamedTuple):
    """The project in which something was said.

    Attributes:
        blind: Whether no prediction is ever shown in it.
        people: Experts' names by the platform's user ids.
    """

    key: ProjectKey
    blind: bool
    people: Mapping[str, str]


class _Result(NamedTuple):
    """What an annotation's regions say: labels by step (None is the task's own), and the rest."""

    labels: dict[int | None, Label]
    inherits: bool
    words: dict[str, str]


def said_in_task(task: Mapping[str, Any], room: Room) -> Iterator[Said | RowError]:
    """What people said of a task of an export, and why annotations of it can't be used.

    Raises:
        RowError: It is no task.
    """
    annotations = task.get("annotations")
    if not isinstance(annotations, list):
        raise RowError("annotations", "is no list: export the project as JSON")
    for annotation in annotations:
        try:
            yield from said_in(annotation, task, room)
        except RowError as why:
            yield why


def said_in(annotation: Any, task: Any, room: Room) -> list[Said]:
    """What an annotation says, step by step; nothing if it was skipped.

    It counts as given with the machine's help unless the project is a blind one and neither the
    task nor the annotation knows of a prediction.

    Raises:
        RowError: It can't be used; says why.
    """
    if not isinstance(annotation, dict) or not isinstance(task, dict):
        raise RowError("annotation", "is no object")
    if annotation.get("was_cancelled"):
        return []
    _require_own_words(annotation)
    try:
        place = place_of(task.get("data"))
    except UsageError as why:
        raise RowError("data", str(why)) from None
    result = _read(annotation.get("result"))
    labels = _by_step(result.labels, place)
    at = moment(annotation.get("updated_at"), "updated_at")
    expert = _expert(annotation.get("completed_by"), room)
    seconds = annotation.get("lead_time")
    timed = isinstance(seconds, (int, float)) and 0 <= seconds < 1e9 and labels
    return [
        Said(
            trace_id=place.trace_id,
            step=step,
            text=place.texts[step if place.step is None else 0],
            label=label,
            expert=expert,
            mode=_mode(annotation, task, room),
            at=at,
            identity=f"{prefix(room.key, annotation.get('id'))}{step}:{_mark(at)}",
            inherits_error=result.inherits or None,
            seconds=seconds / len(labels) if timed and seconds is not None else None,
            note=result.words.get("note"),
            correction=result.words.get("correction"),
        )
        for step, label in sorted(labels.items())
    ]


def _require_own_words(annotation: Mapping[str, Any]) -> None:
    """Refuse what the person it is ascribed to never said."""
    changed_by, given_by = annotation.get("updated_by"), annotation.get("completed_by")
    if (
        annotation.get("parent_prediction")
        and changed_by is None
        and not annotation.get("lead_time")
    ):
        raise RowError("parent_prediction", "is a copy of a prediction: nobody has looked at it")
    if isinstance(given_by, dict):
        given_by = given_by.get("id")
    if type(changed_by) is int and changed_by != given_by:
        raise RowError(
            "updated_by",
            f"user {changed_by} changed what user {given_by} said: each says it for themselves",
        )


def prefix(key: ProjectKey, annotation: Any) -> str:
    """How the ids of all answers from one annotation begin.

    Raises:
        RowError: An annotation has no id.
    """
    if type(annotation) is not int:
        raise RowError("id", "is no number")
    return f"label-studio:{key.number}.{key.made_at}:{annotation}:"


def _mode(annotation: Mapping[str, Any], task: Mapping[str, Any], room: Room) -> Mode:
    shown = (
        task.get("total_predictions")
        or task.get("predictions")
        or annotation.get("prediction")
        or annotation.get("parent_prediction")
    )
    return Mode.BLIND if room.blind and not shown else Mode.ASSISTED


def _expert(completed_by: Any, room: Room) -> str:
    if isinstance(completed_by, dict):
        number, mail = completed_by.get("id"), completed_by.get("email")
    else:
        number, mail = completed_by, None
    name = room.people.get(str(number)) or mail
    if not isinstance(name, str) or not name:
        raise RowError(
            "completed_by",
            f"user {number} is not known: `triage label-studio connect` reads who there is",
        )
    return name


def _read(result: Any) -> _Result:
    if not isinstance(result, list):
        raise RowError("result", "is no list")
    labels: dict[int | None, Label] = {}
    inherits = False
    words: dict[str, str] = {}
    for region in result:
        value = region.get("value") if isinstance(region, dict) else None
        if not isinstance(value, dict):
            continue
        if region.get("from_name") in _SPOKEN:
            words[region["from_name"]] = "\n".join(_strings(value.get("text")))
        for word in _strings(value.get("choices")):
            inherits = inherits or word == INHERITS
            if (label := label_in(word)) is not None:
                _put(labels, None, label)
        for word in _strings(value.get("paragraphlabels")):
            if (label := label_in(word)) is not None:
                for step in _stretch(value):
                    _put(labels, step, label)
    return _Result(labels, inherits, {name: word for name, word in words.items() if word.strip()})


def _by_step(labels: Mapping[int | None, Label], place: Place) -> dict[int, Label]:
    if not labels:
        raise RowError("result", "has none of our labels")
    if place.step is not None:
        if set(labels) != {None}:
            raise RowError("result", "labels parts of a task that is one step")
        return {place.step: labels[None]}
    if None in labels:
        raise RowError("result", "has a label that belongs to no step of the trace")
    found = {step: label for step, label in labels.items() if step is not None}
    if max(found) >= len(place.texts):
        raise RowError("result", f"labels step {max(found)}, which the task does not have")
    return found


def _put(labels: dict[int | None, Label], step: int | None, label: Label) -> None:
    if labels.setdefault(step, label) is not label:
        raise RowError("result", "has two different labels for one step")


def _stretch(value: Mapping[str, Any]) -> Iterable[int]:
    first, last = value.get("start"), value.get("end")
    if not (isinstance(first, str) and isinstance(last, str)):
        raise RowError("result", "has a region without a paragraph")
    if not (first.isdecimal() and last.isdecimal() and len(first) + len(last) < 12):
        raise RowError("result", "has a region without a paragraph")
    if int(first) != int(last):
        raise RowError("result", "has a region over several steps: give each its own")
    return (int(first),)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _mark(at: datetime) -> str:
    return at.strftime("%Y%m%dT%H%M%S.%f")
