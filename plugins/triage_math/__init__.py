"""The math plugin: refutes false equalities with proof that a person can check at a glance."""

import time
from typing import Final

from triage.hookspecs import Outcomes, hookimpl
from triage.plugininfo import PluginContext, PluginInfo, Sees
from triage.records import (
    Abstention,
    AnswerCheck,
    ClaimVerdict,
    Evidence,
    Label,
    Proposal,
    SourceKind,
    Trace,
    Validity,
)
from triage_math import answer, confidence, options
from triage_math.check import check_step, read_problem
from triage_math.claims.problem import Problem
from triage_math.claims.sentence import MAX_CHARS
from triage_math.claims.state import State

NAME: Final = "math"
VERSION: Final = "1.0"
_STATE: Final = "state"
_PROOFS: Final = (ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT)


@hookimpl
def triage_describe() -> PluginInfo:
    """Describes the plugin; the reference is for the answer check alone."""
    return PluginInfo(
        name=NAME,
        version=VERSION,
        summary="Checks equalities, equations, units and final answers by exact computation",
        domains=("math", "science", "physics", "chemistry"),
        kind=SourceKind.CHECKER,
        sees=Sees.REFERENCE,
        credential=None,
    )


@hookimpl
def triage_propose(trace: Trace, step: int, context: PluginContext) -> Outcomes:
    """Judges a step from the problem, the earlier steps and the step itself."""
    state = context.memory.get(_STATE)
    if not isinstance(state, State):
        state = context.memory[_STATE] = State()
        state.options = options.by_letter(trace.options or ())
        state.problem = Problem(trace.problem[:MAX_CHARS])
        read_problem(state)
    text = trace.steps[step].text
    began = time.perf_counter()
    findings = check_step(text, step, state)
    if not findings:
        return Abstention(step=step, source=NAME, why="no-claim")
    ms = (time.perf_counter() - began) * 1000 / len(findings)
    evidence = Evidence(claims=tuple(f.claim(text, ms) for f in findings))
    proofs = [f.kind for f in findings if f.verdict in _PROOFS]
    return Proposal(
        step=step,
        source=NAME,
        version=VERSION,
        kind=SourceKind.CHECKER,
        label=Label.INCORRECT if proofs else None,
        validity=Validity.INVALID if proofs else None,
        confidence=confidence.of(proofs) if proofs else None,
        evidence=evidence,
    )


@hookimpl
def triage_check_answer(trace: Trace, context: PluginContext) -> AnswerCheck | None:  # noqa: ARG001
    """Compares the final answer with the reference."""
    if trace.final_answer is None or trace.reference_answer is None:
        return None
    found, expected = options.spelled_out(trace.final_answer, trace.reference_answer, trace.options)
    return AnswerCheck(
        source=NAME,
        version=VERSION,
        verdict=answer.compare(found, expected),
        expected=trace.reference_answer,
        found=trace.final_answer,
    )
