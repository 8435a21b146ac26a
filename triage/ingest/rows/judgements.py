"""Judgements that come with a row: outside judges' and experts'."""

from typing import Final

from triage.ingest.items import RowError
from triage.ingest.options import IngestOptions
from triage.ingest.rows.fields import as_list, as_object, as_text, flag, kind, per_step
from triage.records import Human, OutsideJudgement, Word

_JUDGEMENT: Final = frozenset(
    {
        "source",
        "name",
        "step_labels",
        "step_scores",
        "confidences",
        "explanations",
        "saw_reference",
    }
)
_HUMAN: Final = frozenset({"first_error", "first_error_known", "step_labels"})
HUMAN_SOURCE: Final = "human"

Extras = dict[str, dict[str, object]]
"""Per source what its entry held beyond the contract's fields."""


def read_judgements(
    row: dict[str, object], steps: int, options: IngestOptions
) -> tuple[tuple[OutsideJudgement, ...], Extras]:
    """Read `proposals` and `judges`, which are one thing under two names.

    A source that occurs twice (a judge asked twice) becomes `name` and `name#2`. An entry that
    says nothing of single steps is no judgement here and is kept among the extras whole.

    Returns:
        The judgements in the row's order, and what their entries held beyond them.

    Raises:
        RowError: Naming the entry and its field.
    """
    found: list[OutsideJudgement] = []
    extras: Extras = {}
    taken: set[str] = set()
    for field in ("proposals", "judges"):
        value = row.get(field)
        if value is None:
            continue
        for at, item in enumerate(as_list(value, field)):
            path = f"{field}[{at}]"
            entry = as_object(item, path)
            source = _distinct(_source(entry, path), taken)
            judgement = _judgement(entry, source, path, steps, options)
            if judgement is not None:
                found.append(judgement)
            rest = {k: v for k, v in entry.items() if k not in _JUDGEMENT or judgement is None}
            if rest:
                extras[source] = rest
    return tuple(found), extras


def read_human(
    row: dict[str, object], steps: int, options: IngestOptions
) -> tuple[Human | None, dict[str, object]]:
    """Read the expert labels and what stands beside them.

    A `first_error` that is given is known, unless the row says otherwise.

    Raises:
        RowError: Naming the field.
    """
    value = row.get("human")
    if value is None:
        return None, {}
    entry = as_object(value, "human")
    first = entry.get("first_error")
    if first is not None:
        if isinstance(first, bool) or not isinstance(first, int):
            raise RowError("human.first_error", f"is {kind(first)}, not a step's index or null")
        if not 0 <= first < steps:
            raise RowError("human.first_error", f"is {first}, but the steps are 0 to {steps - 1}")
    stated = flag(entry, "first_error_known", "human.first_error_known")
    labels = _labels(entry, "human.step_labels", steps, HUMAN_SOURCE, options)
    human = Human(
        first_error=first,
        first_error_known=first is not None if stated is None else stated,
        step_labels=labels,
    )
    return human, {key: item for key, item in entry.items() if key not in _HUMAN}


def _judgement(
    entry: dict[str, object], source: str, path: str, steps: int, options: IngestOptions
) -> OutsideJudgement | None:
    if entry.get("step_labels") is None and entry.get("step_scores") is None:
        return None
    explanations = per_step(entry, "explanations", f"{path}.explanations", steps)
    limit = options.limits.text_chars
    return OutsideJudgement(
        source=source,
        step_labels=_labels(entry, f"{path}.step_labels", steps, source, options),
        step_scores=_probabilities(entry, "step_scores", path, steps),
        confidences=_probabilities(entry, "confidences", path, steps),
        explanations=explanations
        and tuple(
            as_text(item, f"{path}.explanations[{at}]", limit)
            for at, item in enumerate(explanations)
        ),
        saw_reference=flag(entry, "saw_reference", f"{path}.saw_reference") or False,
    )


def _source(entry: dict[str, object], path: str) -> str:
    field = "source" if entry.get("source") is not None else "name"
    name = as_text(entry.get(field), f"{path}.{field}", 200)
    if name is None or not name.strip():
        raise RowError(f"{path}.source", "is missing")
    return name.strip()


def _distinct(source: str, taken: set[str]) -> str:
    name, count = source, 1
    while name in taken:
        count += 1
        name = f"{source}#{count}"
    taken.add(name)
    return name


def _labels(
    entry: dict[str, object], path: str, steps: int, source: str, options: IngestOptions
) -> tuple[Word | None, ...] | None:
    values = per_step(entry, "step_labels", path, steps)
    if values is None:
        return None
    words: list[Word | None] = []
    for at, value in enumerate(values):
        if isinstance(value, (list, dict)):
            raise RowError(f"{path}[{at}]", f"is {kind(value)}, not a label")
        try:
            words.append(options.labels.word(value, source))
        except KeyError as unknown:
            shown = str(unknown.args[0])[:60]
            reason = (
                f"has the unknown label {shown!r}: say what it stands for, "
                "--label-map 'WORD=necessary' or ingest.label_map"
            )
            raise RowError(f"{path}[{at}]", reason) from None
    return tuple(words)


def _probabilities(
    entry: dict[str, object], field: str, path: str, steps: int
) -> tuple[float | None, ...] | None:
    values = per_step(entry, field, f"{path}.{field}", steps)
    if values is None:
        return None
    found: list[float | None] = []
    for at, value in enumerate(values):
        if value is None:
            found.append(None)
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            raise RowError(f"{path}.{field}[{at}]", f"is {kind(value)}, not a number")
        elif not 0 <= value <= 1:
            raise RowError(f"{path}.{field}[{at}]", f"is {value}, not a probability")
        else:
            found.append(float(value))
    return tuple(found)
