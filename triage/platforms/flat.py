"""Plain JSON Lines: a step a line with what the machine says, and the same line with an answer."""

import hashlib
from collections.abc import Iterator
from typing import Any

from triage.ingest.items import RowError
from triage.platforms.opinions import Told
from triage.platforms.said import Row, Said, label_in, moment
from triage.records import Mode


def line(told: Told, step: int, version: str, *, blind: bool) -> dict[str, Any]:
    """A step as a line; `label` and `expert` are to be filled in."""
    opinion = None if blind or told.opinions[step].drawn else told.opinions[step]
    shown = opinion is not None and opinion.validity is not None
    return {
        "trace_id": told.id,
        "step_index": step,
        "domain": told.domain,
        "problem": told.problem,
        "earlier": earlier(told, step),
        "step": told.steps[step],
        "suggestion": opinion.label.value if opinion and opinion.label else None,
        "confidence": opinion.confidence if opinion and shown else None,
        "evidence": list(opinion.evidence) if opinion else [],
        "model_version": version if shown else None,
        "label": None,
        "expert": None,
    }


def earlier(told: Told, step: int) -> str:
    """The steps before one, numbered, a paragraph each."""
    return "\n\n".join(f"{number}. {text}" for number, text in enumerate(told.steps[:step], 1))


def said(row: Row) -> Iterator[Said]:
    """Read a line that was filled in; one without a label says nothing.

    It is blind only if it says so (`"mode": "blind"`), carries nothing of the machine's, and tells
    when the answer was given (`at`).

    Raises:
        RowError: It can't be used; says why.
    """
    word = row.get("label")
    if word is None:
        return
    label = label_in(word)
    if label is None:
        raise RowError("label", f"is none of our labels: {word!r:.40}")
    trace_id, step = row.get("trace_id"), row.get("step_index")
    expert, text = row.get("expert"), row.get("step")
    if not isinstance(trace_id, str) or not trace_id:
        raise RowError("trace_id", "is missing")
    if type(step) is not int or step < 0:
        raise RowError("step_index", "is no number of a step")
    if not isinstance(expert, str) or not expert:
        raise RowError("expert", "is missing: who says it")
    at = None if row.get("at") is None else moment(row["at"], "at")
    given = row.get("answer_id")
    person = hashlib.sha256(expert.encode()).hexdigest()[:16]
    identity = f"jsonl:{trace_id}:{step}:{person}"
    if at is not None:
        identity = f"{identity}:{at.isoformat()}"
    yield Said(
        trace_id=trace_id,
        step=step,
        text=text if isinstance(text, str) else None,
        label=label,
        expert=expert,
        mode=_mode(row, timed=at is not None),
        at=at,
        identity=given if isinstance(given, str) and given else identity,
        inherits_error=_flag(row.get("inherits_error")),
        seconds=_seconds(row.get("seconds")),
        note=_words(row.get("note")),
        correction=_words(row.get("correction")),
    )


def _mode(row: Row, *, timed: bool) -> Mode:
    mode = row.get("mode")
    if mode is not None and mode not in tuple(Mode):
        raise RowError("mode", f"is none of {', '.join(Mode)}: {mode!r:.40}")
    if mode != Mode.BLIND:
        return Mode.ASSISTED
    if row.get("suggestion") or row.get("model_version") or row.get("evidence"):
        raise RowError("mode", "is not blind: the line carries what the machine says")
    if not timed:
        raise RowError("at", "is missing: a blind answer tells when it was given")
    return Mode.BLIND


def _flag(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise RowError("inherits_error", "is neither true, false nor null")
    return value


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise RowError("seconds", "is no time")
    return float(value)


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
