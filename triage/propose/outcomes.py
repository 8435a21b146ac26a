"""Takes what a plugin returned and makes sure that it is what the contract says."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from triage.errors import PluginError
from triage.plugininfo import PluginInfo
from triage.propose.packed import Packed
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
        Exception: A record does not read back.
    """
    return _kept(outcomes_in(returned, info, step))


def accept_answer(returned: Any, info: PluginInfo) -> AnswerCheck | None:
    """Check a plugin's comparison of the final answer.

    Raises:
        PluginError: It is no answer check, or in another plugin's name.
        Exception: It does not read back.
    """
    found = answer_in(returned, info)
    return None if found is None else _read_back(found)[0]


def outcomes_in(returned: Any, info: PluginInfo, step: int) -> list[Outcome]:
    """The outcomes in a plugin's answer for one step; whether they read back is for `settle`.

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
    return outcomes


def answer_in(returned: Any, info: PluginInfo) -> AnswerCheck | None:
    """The comparison in a plugin's answer; whether it reads back is for `settle`.

    Raises:
        PluginError: It is no answer check, or in another plugin's name.
    """
    if returned is None:
        return None
    if not isinstance(returned, AnswerCheck):
        raise PluginError(f"triage_check_answer returned {type(returned).__name__}")
    _check_source(returned.source, info)
    return returned


def settle(
    source: str, outcomes: Sequence[Outcome], answer: AnswerCheck | None, last: int
) -> Packed:
    """What a plugin said of a trace, once it has been read back from the form that travels.

    A record that was built without validation could carry anything. One that does not read back is
    a failure, in place of all that was said of its step.

    Args:
        answer: Its comparison of the final answer, if it made one.
        last: The step that pays for a comparison that does not read back.
    """
    # all at once takes a fraction of the time; one by one they show which it is
    with suppress(BaseException):  # foreign code made the records: they may do anything
        said = gather(outcomes, [answer] if answer else [])
        body = _written(said)
        back = Findings.model_validate_json(body)
        if len(body) <= _MOST_BYTES and back == said:
            return Packed.of(body, back)
    return Packed.pack(_settle_each(source, outcomes, answer, last))


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


def _settle_each(
    source: str, outcomes: Iterable[Outcome], answer: AnswerCheck | None, last: int
) -> Findings:
    by_step: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        by_step.setdefault(outcome.step, []).append(outcome)
    kept: list[Outcome] = []
    for step, said in by_step.items():
        try:
            kept += _kept(said)
        except BaseException as why:  # noqa: BLE001 - as above
            kept.append(failure_of(source, step, why))
    try:
        checks = [_read_back(answer)[0]] if answer else []
    except BaseException as why:  # noqa: BLE001 - as above
        return gather([*kept, failure_of(source, last, why)])
    return gather(kept, checks)


def _kept(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """What was said of one step, read back."""
    kept, room = [], _MOST_BYTES
    for outcome in outcomes:
        one, size = _read_back(outcome)
        room -= size
        if room < 0:
            raise PluginError(f"an answer about one step took more than {_MOST_BYTES:,} bytes")
        kept.append(one)
    return kept


def _read_back(record: AnyRecord) -> tuple[AnyRecord, int]:
    # a record built without validation could carry anything: only what reads back is kept
    body = _written(record)
    if len(body) > _MOST_BYTES:
        raise PluginError(f"an answer took {len(body):,} bytes, more than {_MOST_BYTES:,}")
    back = type(record).model_validate_json(body)
    if back != record:  # JSON has no form for some values: a confidence that is no number, say
        raise PluginError(f"{type(record).__name__} holds what JSON can't keep")
    return back, len(body)


def _written(record: Record) -> bytes:
    return record.model_dump_json(warnings="error", exclude_defaults=True).encode()
