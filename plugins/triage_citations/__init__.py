"""What can be checked of authorities and dates without judging: citations and periods."""

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
from triage_citations import authorities, periods

_NAME: Final = "citations"
_VERSION: Final = "1.0"
_LONGEST: Final = 20_000
_CONFIDENCE: Final = {"citation": 0.9, "pin-page": 0.9, "period": 0.93}
"""Set, not measured: the labelled sets hold too few refuted citations and periods."""


@hookimpl
def triage_describe() -> PluginInfo:
    """Serve law."""
    return PluginInfo(
        name=_NAME,
        version=_VERSION,
        summary="Checks citations against the reporters there were; recomputes dates and periods",
        domains=("legal", "law"),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_propose(trace: Trace, step: int) -> Proposal | Abstention:
    """Refute a step, offer evidence without a label, or abstain where there is no such claim."""
    text = trace.steps[step].text
    if len(text) > _LONGEST:
        return Abstention(step=step, source=_NAME, why="too-long")
    before = "\n".join((trace.problem, *(one.text for one in trace.steps[:step])))[-_LONGEST:]
    claims = [*authorities.check(text, before), *periods.check(text)]
    if not claims:
        why = "no-claim" if authorities.READABLE else "no-extra: pip install 'steptriage[legal]'"
        return Abstention(step=step, source=_NAME, why=why)
    refuted = [one.kind for one in claims if one.verdict is ClaimVerdict.REFUTED]
    return Proposal(
        step=step,
        source=_NAME,
        version=_VERSION,
        kind=SourceKind.CHECKER,
        label=Label.INCORRECT if refuted else None,
        validity=Validity.INVALID if refuted else None,
        confidence=max(_CONFIDENCE[kind] for kind in refuted) if refuted else None,
        evidence=Evidence(claims=tuple(sorted(claims, key=_place))),
    )


def _place(claim: Claim) -> tuple[int, int]:
    return claim.span or (0, 0)
