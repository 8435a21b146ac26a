"""What a step says of the problem's own words, in any domain: quotations and options."""

from typing import Final

from triage.hookspecs import Outcomes, hookimpl
from triage.plugininfo import PluginInfo
from triage.records import (
    Abstention,
    ClaimVerdict,
    Evidence,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)
from triage_text import options, quotations

_NAME: Final = "text"
_VERSION: Final = "1.0"
_LONGEST: Final = 20_000
_CONFIDENCE: Final = 0.9
"""Set, not measured: the labelled sets hold too few refuted quotations and options."""


@hookimpl
def triage_describe() -> PluginInfo:
    """Serve every domain."""
    return PluginInfo(
        name=_NAME,
        version=_VERSION,
        summary="Compares quotations from the problem, and options' letters, with its own words",
        domains=("*",),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_propose(trace: Trace, step: int) -> Outcomes:
    """Refute a step or support it without a label; of one that cites nothing it says nothing."""
    text = trace.steps[step].text
    if len(text) > _LONGEST or len(trace.problem) > 10 * _LONGEST:
        return Abstention(step=step, source=_NAME, why="too-long")
    claims = [
        *quotations.check(text, trace.problem, trace.options or ()),
        *options.check(text, trace.problem, trace.options or ()),
    ]
    if not claims:
        return []  # it serves every domain: an abstention at every step would tell nobody anything
    refuted = any(one.verdict is ClaimVerdict.REFUTED for one in claims)
    return Proposal(
        step=step,
        source=_NAME,
        version=_VERSION,
        kind=SourceKind.CHECKER,
        label=Label.INCORRECT if refuted else None,
        validity=Validity.INVALID if refuted else None,
        confidence=_CONFIDENCE if refuted else None,
        evidence=Evidence(claims=tuple(claims)),
    )
