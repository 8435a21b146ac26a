"""The logic plugin: simulators and solvers for puzzles that can be decided."""

from time import perf_counter
from typing import Final

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginContext, PluginInfo
from triage.records import (
    Abstention,
    Claim,
    ClaimVerdict,
    Evidence,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)
from triage_logic.confidence import confidence
from triage_logic.families import simulator
from triage_logic.findings import Finding, Simulator, readable

_NAME: Final = "logic"
_VERSION: Final = "1.0"


@hookimpl
def triage_describe() -> PluginInfo:
    """Serve logic puzzles; bare expressions to evaluate often come as mathematics."""
    return PluginInfo(
        name=_NAME,
        version=_VERSION,
        summary="Simulates puzzles step by step: stacks, swaps, orderings, expressions",
        domains=("logic", "math"),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_propose(trace: Trace, step: int, context: PluginContext) -> Proposal | Abstention:
    """Refute a step, support it without a label, or abstain where no grammar matches."""
    begun = perf_counter()
    findings = _findings(trace, step, context)
    if not findings:
        return Abstention(step=step, source=_NAME, why="no-claim")
    ms = round((perf_counter() - begun) * 1000 / len(findings), 3)
    text = trace.steps[step].text
    refuted = [found.kind for found in findings if found.verdict is ClaimVerdict.REFUTED]
    return Proposal(
        step=step,
        source=_NAME,
        version=_VERSION,
        kind=SourceKind.CHECKER,
        label=Label.INCORRECT if refuted else None,
        validity=Validity.INVALID if refuted else None,
        confidence=confidence(refuted) if refuted else None,
        evidence=Evidence(claims=tuple(_claim(found, text, ms) for found in findings)),
    )


def _findings(trace: Trace, step: int, context: PluginContext) -> list[Finding]:
    """The findings of one step; steps that the memory has missed are read first."""
    memory = context.memory
    if "simulator" not in memory or memory["read"] > step:
        memory["simulator"], memory["read"] = simulator(trace.problem), 0
    follower: Simulator | None = memory["simulator"]
    if follower is None:
        return []
    findings: list[Finding] = []
    for index in range(memory["read"], step + 1):
        text = trace.steps[index].text
        findings = follower.check(index, text) if readable(text) else []
    memory["read"] = step + 1
    return findings


def _claim(found: Finding, text: str, ms: float) -> Claim:
    start, end = found.span
    return Claim(
        kind=found.kind,
        verdict=found.verdict,
        span=found.span,
        text=text[start:end],
        expected=found.expected,
        found=found.found,
        readings=found.readings,
        rests_on=found.rests_on,
        note=found.note,
        engine=found.engine,
        ms=ms,
    )
