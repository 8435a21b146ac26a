"""Figures in clinical reasoning: sums, doses, conversions, formulas, values that cannot be."""

import re
from importlib.util import find_spec
from time import perf_counter
from typing import Final

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
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
from triage_clinical import arithmetic, conversions, formulas, limits
from triage_clinical.confidence import confidence
from triage_clinical.findings import LONGEST, Finding

_NAME: Final = "clinical"
_VERSION: Final = "1.0"
_FIGURE: Final = re.compile(r"\d")
_COMPUTES: Final = find_spec("pint") is not None


@hookimpl
def triage_describe() -> PluginInfo:
    """Serve medicine."""
    return PluginInfo(
        name=_NAME,
        version=_VERSION,
        summary="Recomputes doses, conversions and named formulas; refutes values that cannot be",
        domains=("medical", "medicine", "health"),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_propose(trace: Trace, step: int) -> Proposal | Abstention:
    """Refute a step, support it without a label, or abstain where nothing can be computed."""
    if not _COMPUTES:
        return Abstention(step=step, source=_NAME, why="no-extra: pip install 'steptriage[math]'")
    text = trace.steps[step].text
    begun = perf_counter()
    readable = len(text) <= LONGEST and _FIGURE.search(text) is not None
    findings = _findings(trace, text) if readable else []
    if not findings:
        return Abstention(step=step, source=_NAME, why="no-claim")
    ms = round((perf_counter() - begun) * 1000 / len(findings), 3)
    refuted = [one.kind for one in findings if one.verdict is ClaimVerdict.REFUTED]
    return Proposal(
        step=step,
        source=_NAME,
        version=_VERSION,
        kind=SourceKind.CHECKER,
        label=Label.INCORRECT if refuted else None,
        validity=Validity.INVALID if refuted else None,
        confidence=confidence(refuted) if refuted else None,
        evidence=Evidence(claims=tuple(_claim(one, text, ms) for one in findings)),
    )


def _findings(trace: Trace, text: str) -> list[Finding]:
    problem = "\n".join((trace.problem, *(trace.options or ())))
    found = [
        *arithmetic.check(text),
        *conversions.check(text),
        *limits.check(text, problem),
        *formulas.check(text, trace.problem),
    ]
    return sorted(found, key=lambda one: one.span)


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
        note=found.note,
        engine="units",
        ms=ms,
    )
