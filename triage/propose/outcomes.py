"""Takes what a plugin returned and makes sure that it is what the contract says."""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

from triage.errors import PluginError
from triage.plugininfo import PluginInfo
from triage.records import (
    Abstention,
    AnswerCheck,
    Caution,
    Failure,
    Findings,
    Outcome,
    Proposal,
    Record,
)

AnyRecord = TypeVar("AnyRecord", bound=Record)
_MOST_BYTES: Final = 1_000_000
"""What a plugin may say of one step, as JSON: stores, pages and experts have to bear it."""


def accept_outcomes(returned: Any, info: PluginInfo, step: int) -> list[Outcome]:
    """Check a plugin's answer for one step.

    Raises:
        PluginError: It is no outcome, speaks of another step, or in another plugin's name.
    """
    if returned is None:
        return [Abstention(step=step, source=info.name, why="no-claim")]
    outcomes = [returned] if isinstance(returned, Outcome) else _listed(returned)
    for outcome in outcomes:
        if outcome.step != step:
            raise PluginError(f"asked about step {step}, it answered about step {outcome.step}")
        _check_source(outcome.source, info)
    kept, room = [], _MOST_BYTES
    for outcome in outcomes:
        one, size = _read_back(outcome)
        room -= size
        if room < 0:
            raise PluginError(f"an answer about one step took more than {_MOST_BYTES:,} bytes")
        kept.append(one)
    return kept


def accept_answer(returned: Any, info: PluginInfo) -> AnswerCheck | None:
    """Check a plugin's comparison of the final answer.

    Raises:
        PluginError: It is no answer check, or in another plugin's name.
    """
    if returned is None:
        return None
    if not isinstance(returned, AnswerCheck):
        raise PluginError(f"triage_check_answer returned {type(returned).__name__}")
    _check_source(returned.source, info)
    return _read_back(returned)[0]


def gather(outcomes: Iterable[Outcome], answers: Iterable[AnswerCheck] = ()) -> Findings:
    """Sort outcomes by their type, each kind in order of step and source."""
    ordered = sorted(outcomes, key=lambda outcome: (outcome.step, outcome.source))
    return Findings(
        proposals=tuple(o for o in ordered if isinstance(o, Proposal)),
        abstentions=tuple(o for o in ordered if isinstance(o, Abstention)),
        failures=tuple(o for o in ordered if isinstance(o, Failure)),
        cautions=tuple(o for o in ordered if isinstance(o, Caution)),
        answers=tuple(answers),
    )


def failure_of(source: str, step: int, why: BaseException) -> Failure:
    """The failure that stands for what a plugin raised."""
    kinds = {MemoryError: "memory", TimeoutError: "timeout", PluginError: "bad-reply"}
    kind = next((word for error, word in kinds.items() if isinstance(why, error)), "crash")
    return Failure(step=step, source=source, why=kind, detail=told_of(why)[:500])


def told_of(why: BaseException) -> str:
    """What foreign code raised, in words that can be kept: its own may fail, or be no text."""
    try:
        words = str(why)
    except Exception:  # noqa: BLE001 - foreign code
        words = "it can't say why"
    return f"{type(why).__name__}: {words}".encode(errors="backslashreplace").decode()


def _listed(returned: Any) -> list[Outcome]:
    if not isinstance(returned, Iterable) or isinstance(returned, str | bytes | dict):
        raise PluginError(f"triage_propose returned {type(returned).__name__}, not an outcome")
    outcomes = list(returned)
    for outcome in outcomes:
        if not isinstance(outcome, Outcome):
            raise PluginError(f"triage_propose gave {type(outcome).__name__}, not an outcome")
    return outcomes


def _check_source(source: str, info: PluginInfo) -> None:
    if source != info.name and not source.startswith(f"{info.name}:"):
        raise PluginError(f"plugin {info.name!r} spoke as {source!r}")


def _read_back(record: AnyRecord) -> tuple[AnyRecord, int]:
    # a record built without validation could carry anything: only what reads back is kept
    body = record.model_dump_json(warnings="error", exclude_defaults=True)
    if len(body) > _MOST_BYTES:
        raise PluginError(f"an answer took {len(body):,} bytes, more than {_MOST_BYTES:,}")
    back = type(record).model_validate_json(body)
    if back != record:  # JSON has no form for some values: a confidence that is no number, say
        raise PluginError(f"{type(record).__name__} holds what JSON can't keep")
    return back, len(body)
