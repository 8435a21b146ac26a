"""What is asked of a plugin, one check after the other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from importlib.metadata import EntryPoint
from statistics import median
from typing import Any, Final

from triage.conformance.trial import Asked, Described, Trial, tried
from triage.errors import UsageError
from triage.plugins import GROUP, installed
from triage.records import ClaimVerdict, Proposal, Record, SourceKind, Trace

SLOW_SECONDS: Final = 2.0
_GROWTH_MB: Final = 1_024.0
_SHOWN: Final = 3


class State(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    SKIP = "skip"
    """It does not apply to this plugin."""


class Check(Record):
    """One thing that was looked at, and what was seen."""

    name: str
    state: State
    detail: str


class Report(Record):
    """All checks of one plugin."""

    plugin: str
    version: str | None
    checks: tuple[Check, ...]

    @property
    def conforms(self) -> bool:
        """Whether no check failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(one for one in self.checks if one.state is State.FAIL)


def check_plugin(
    name: str,
    *,
    value: str | None = None,
    traces: Sequence[Trace] | None = None,
    settings: Mapping[str, Any] | None = None,
    deadline_seconds: float = 10.0,
    memory_mb: int = 4_096,
    slow_seconds: float = SLOW_SECONDS,
) -> Report:
    """Try a plugin on plain and hostile traces, in a process that it may kill.

    Args:
        name: Its name: that of its entry point.
        value: Where it is, `module` or `module:object`, if it is not installed.
        traces: What to ask it about instead of the kit's own traces.
        settings: Its own table of the configuration.
        deadline_seconds: Longest wait for one call.
        memory_mb: Address space that its process may take.
        slow_seconds: What a call may take before it counts as slow; more on a busy machine.

    Raises:
        UsageError: No such plugin is installed.
    """
    entry = EntryPoint(name, value, GROUP) if value else _installed(name)
    trial = tried(entry, traces, settings or {}, deadline_seconds, memory_mb)
    described = trial.described
    return Report(
        plugin=name,
        version=described.info.version if described else None,
        checks=tuple(_checks(trial, slow_seconds)),
    )


def assert_conforms(name: str, **how: Any) -> None:
    """Raise an `AssertionError` that tells every failed check; for a plugin's own pytest.

    Args:
        name: As for `check_plugin`, and so are all the others.
    """
    report = check_plugin(name, **how)
    told = "\n".join(f"{one.name}: {one.detail}" for one in report.failed)
    if told:
        raise AssertionError(f"plugin {name} does not keep the contract:\n{told}")


def _installed(name: str) -> EntryPoint:
    for entry in installed():
        if entry.name == name:
            return entry
    there = ", ".join(one.name for one in installed())
    raise UsageError(
        f"no plugin {name!r} is installed (`pip install -e .` in its folder "
        f"does that); there are: {there}"
    )


def _checks(trial: Trial, slow_seconds: float) -> Iterator[Check]:
    described, asked = trial.described, trial.asked
    if described is None:
        yield _check("loads", [trial.ended.why or "it could not be loaded"], "")
        return
    yield _check("loads", [], f"hooks: {', '.join(described.hooks) or 'none'}")
    yield _check("describes itself", list(_description(described)), described.info.summary)
    yield _check("comes back", list(_not_back(trial)), f"{len(asked)} calls")
    yield _check("outcomes", [_where(one) for one in asked if one.failure], "all of the contract")
    if "triage_propose" in described.hooks:
        yield _spoken(asked)
    yield _check(
        "input", [_changing(one) for one in asked if one.changed], "the trace stays as it was shown"
    )
    yield _check("standard output", list(_printing(trial)), "nothing was written")
    yield _check("supported is no label", list(_labels(described, asked)), "")
    yield _check("spans", list(_spans(asked)), "inside their step")
    yield _deterministic(described, asked)
    yield _check("network", list(_network(trial, described)), _network_detail(described))
    yield _check("time", list(_slow(described, asked, slow_seconds)), _speed(asked))
    grown = trial.ended.grown_mb
    yield _check(
        "memory", [f"grew by {grown:.0f} MiB"] if grown > _GROWTH_MB else [], f"{grown:.0f} MiB"
    )


def _check(name: str, faults: Sequence[str], detail: str) -> Check:
    if not faults:
        return Check(name=name, state=State.PASS, detail=detail)
    more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
    return Check(name=name, state=State.FAIL, detail="; ".join(faults[:_SHOWN]) + more)


def _description(described: Described) -> Iterator[str]:
    info = described.info
    if not described.hooks:
        yield "it implements no hook beside triage_describe"
    if not info.summary.strip() or "\n" in info.summary:
        yield "its summary is not one line"
    if any(not domain.strip() or domain != domain.lower() for domain in info.domains):
        yield f"its domains are not plain words: {', '.join(info.domains)}"


def _not_back(trial: Trial) -> Iterator[str]:
    if trial.ended.why is None:
        return
    after = f"after {_place(trial.asked[-1])}" if trial.asked else "at its first call"
    yield f"{trial.ended.why} {after}"


def _spoken(asked: Sequence[Asked]) -> Check:
    """Whether it said anything: what only abstained has not shown what its answers look like."""
    said = Counter(type(outcome).__name__.lower() for one in asked for outcome in one.outcomes)
    told = ", ".join(f"{count} x {kind}" for kind, count in said.most_common())
    if set(said) - {"abstention"} or any(one.failure for one in asked):
        return _check("answers", [], told)
    return Check(
        name="answers",
        state=State.SKIP,
        detail="it only abstained, so no answer was tried: name traces that it judges, by --traces "
        "FILE or `traces`",
    )


def _changing(one: Asked) -> str:
    return f"{_place(one)}: it changed the trace that it was shown"


def _printing(trial: Trial) -> Iterator[str]:
    if trial.ended.printed:
        yield f"{trial.ended.printed:,} bytes were written: say it by `logging`"


def _labels(described: Described, asked: Sequence[Asked]) -> Iterator[str]:
    """A checker's supported claims are evidence; only a refuted one, or a conflict, is a label."""
    if described.info.kind is not SourceKind.CHECKER:
        return
    for one in asked:
        for proposal in one.outcomes:
            if not isinstance(proposal, Proposal) or proposal.kind is not SourceKind.CHECKER:
                continue
            verdicts = {claim.verdict for claim in proposal.evidence.claims}
            hard = verdicts & {ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT}
            if ClaimVerdict.SUPPORTED in verdicts and proposal.validity is not None and not hard:
                yield f"{_place(one)}: a label on supported claims alone"


def _spans(asked: Sequence[Asked]) -> Iterator[str]:
    for one in asked:
        for proposal in one.outcomes:
            if isinstance(proposal, Proposal):
                for claim in proposal.evidence.claims:
                    if claim.span is not None and not 0 <= claim.span[0] <= claim.span[1]:
                        yield f"{_place(one)}: {claim.span} is no span"
                    elif claim.span is not None and claim.span[1] > one.length:
                        yield f"{_place(one)}: {claim.span} is outside the step"


def _deterministic(described: Described, asked: Sequence[Asked]) -> Check:
    name = "deterministic"
    if described.info.kind is not SourceKind.CHECKER:
        return Check(name=name, state=State.SKIP, detail="only checkers must be")
    rounds: list[dict[tuple[str, str, int | None], Any]] = [{}, {}]
    for one in asked:
        rounds[one.round][one.hook, one.trace, one.step] = _said(one)
    differ = [
        f"{trace} step {step}"
        for (hook, trace, step), said in rounds[0].items()
        if rounds[1] and rounds[1].get((hook, trace, step)) != said
    ]
    return _check(name, [f"another answer the second time: {one}" for one in differ], "twice alike")


def _said(one: Asked) -> Any:
    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: timeless(inner) for key, inner in value.items() if key != "ms"}
        return [timeless(inner) for inner in value] if isinstance(value, list) else value

    outcomes = [timeless(outcome.model_dump(mode="json")) for outcome in one.outcomes]
    return outcomes, one.aids, one.failure


def _network(trial: Trial, described: Described) -> Iterator[str]:
    if not described.is_async:
        for host in trial.ended.connected:
            yield f"it asked for {host}, though it is no coroutine function"


def _network_detail(described: Described) -> str:
    return "waits on one, as it says" if described.is_async else "none was asked for"


def _slow(described: Described, asked: Sequence[Asked], most: float) -> Iterator[str]:
    if not described.is_async:
        for one in asked:
            # the second time: what a plugin loads at its first call is no time of a step
            if one.round and one.seconds > most:
                yield f"{_place(one)} took {one.seconds:.1f} s"


def _speed(asked: Sequence[Asked]) -> str:
    if not asked:
        return "nothing was asked"
    times = [one.seconds * 1000 for one in asked if one.round] or [0.0]
    return f"median {median(times):.2f} ms, slowest {max(times):.0f} ms"


def _place(one: Asked) -> str:
    at = "the final answer" if one.step is None else f"step {one.step}"
    return f"{one.hook} on {one.trace}, {at}"


def _where(one: Asked) -> str:
    return f"{_place(one)}: {one.failure}"
