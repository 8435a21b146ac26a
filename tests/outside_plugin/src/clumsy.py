"""A plugin that goes wrong in every way there is, at the steps that name the way."""

import asyncio
import os
import sys
import time
from typing import Any

from triage.hookspecs import hookimpl
from triage.plugininfo import PluginContext, PluginInfo
from triage.records import Evidence, Label, Proposal, SourceKind, Trace


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@hookimpl
def triage_describe() -> PluginInfo:
    return PluginInfo(
        name="clumsy",
        version="1",
        summary="Goes wrong.",
        domains=("noise",),
        kind=SourceKind.JUDGE,
    )


@hookimpl
def triage_propose(trace: Trace, step: int, context: PluginContext) -> Any:
    good = Proposal(step=step, source="clumsy", label=Label.NECESSARY, confidence=0.9)
    match trace.steps[step].text.split(":")[0]:
        case "raise":
            raise RuntimeError("on purpose")
        case "hang":
            time.sleep(3600)
        case "eat":
            return [bytearray(2**28) for _ in range(64)]
        case "die":
            os._exit(7)
        case "close":
            os.closerange(3, 4096)
        case "exit":
            sys.exit(0)
        case "interrupt":
            raise KeyboardInterrupt
        case "cancel":
            raise asyncio.CancelledError
        case "speechless":
            raise SpeechlessError
        case "no text":
            raise RuntimeError("\ud800")
        case "print":
            print("a word from a plugin")  # noqa: T201 - on purpose
            os.write(1, b"and another\n")
        case "change":
            object.__setattr__(trace.steps[step], "text", "changed")
        case "huge":
            return good.model_copy(update={"evidence": Evidence(rationale="x" * 2_000_000)})
        case "many":
            return [good.model_copy(update={"source": f"clumsy:{at}"}) for at in range(20_000)]
        case "no number":
            return good.model_copy(update={"confidence": float("nan")})
        case "string":
            return "necessary"
        case "number":
            return [1, 2]
        case "other step":
            return good.model_copy(update={"step": step + 1})
        case "other name":
            return good.model_copy(update={"source": "math"})
        case "bad confidence":
            return good.model_copy(update={"confidence": 7.0})
        case "bad label":
            return good.model_copy(update={"label": "superb"})
        case "peek":
            later = len(trace.steps) > step + 1 or trace.final_answer or trace.reference_answer
            return None if later or trace.human or trace.proposals or trace.metadata else good
    return good
