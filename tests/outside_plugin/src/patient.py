"""A plugin that waits on something, as those that call a network do."""

import asyncio
import sys

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginInfo
from triage.records import Evidence, Label, Proposal, SourceKind, Trace


@hookimpl
def triage_describe() -> PluginInfo:
    return PluginInfo(
        name="patient", version="1", summary="Waits.", domains=("noise",), kind=SourceKind.JUDGE
    )


@hookimpl
async def triage_propose(trace: Trace, step: int) -> Proposal:
    text = trace.steps[step].text
    if text.startswith("raise"):
        raise ConnectionError("no line")
    if text.startswith("exit"):
        sys.exit(0)
    if text.startswith("cancel"):
        raise asyncio.CancelledError
    await asyncio.sleep(3600 if text.startswith("hang") else 0.01)
    return Proposal(
        step=step,
        source="patient",
        label=Label.NECESSARY,
        confidence=0.9,
        evidence=Evidence(rationale=text if text.startswith("echo") else None),
    )
