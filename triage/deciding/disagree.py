"""Names the doubts and disputes about every step, each with its parties."""

from collections.abc import Iterable, Sequence

from triage.deciding.alternatives import answer_conflict, value_conflicts
from triage.deciding.case import Case
from triage.deciding.fuse import FusedStep
from triage.deciding.opinions import Opinion
from triage.records import (
    AnswerVerdict,
    Claim,
    ClaimVerdict,
    Label,
    Proposal,
    Reason,
    ReasonCode,
    SourceKind,
    Validity,
)


def disagree(
    case: Case, fused: Sequence[FusedStep], clear_risk: float
) -> tuple[tuple[Reason, ...], ...]:
    """List, for each step, why a person should look at it; nothing listed means it is clear.

    Args:
        fused: What the machine makes of each step.
        clear_risk: Highest predicted risk in [0, 1] at which an undisputed step is clear.
    """
    trace, findings = case.trace, case.findings
    found: list[list[Reason]] = [[] for _ in trace.steps]
    judged = case.by_step()
    held = case.opinions()
    for step, proposals in enumerate(judged):
        found[step] += _disputes(held[step])
        found[step] += _doubts(fused[step], proposals, clear_risk)
    for step, reason in _first_error_split(held):
        found[step].append(reason)
    if case.answer is AnswerVerdict.UNKNOWN:
        # where the answer is known, other answers to the problem put nothing in doubt
        for step, reason in _answers_apart(case, fused):
            found[step].append(reason)
    for step, here, there, parties in value_conflicts(findings, case.alternatives):
        detail = f"{here} here, {there} elsewhere"
        found[step].append(_reason(ReasonCode.ALTERNATIVES_CONFLICT, detail, parties))
    for failure in findings.failures:
        found[failure.step].append(_reason(ReasonCode.FAILED, failure.why, [failure.source]))
    for caution in findings.cautions:
        code = _caution_code(caution.code)
        found[caution.step].append(_reason(code, caution.detail, [caution.source]))
    said = (*findings.proposals, *findings.failures)
    if not said and all(abstention.why == "domain" for abstention in findings.abstentions):
        silent = dict.fromkeys(abstention.source for abstention in findings.abstentions)
        for reasons in found:
            detail = f"nobody judges {trace.domain!r}"
            reasons.append(_reason(ReasonCode.UNSEEN_DOMAIN, detail, silent))
    return tuple(tuple(reasons) for reasons in found)


def _disputes(held: Sequence[Opinion]) -> Iterable[Reason]:
    """Disputes between sources, and of sources with themselves; a judge has one voice."""
    voices = [one for one in held if one.kind is not SourceKind.CHECKER]
    refuting = [
        one for one in held if one.kind is SourceKind.CHECKER and one.label is Label.INCORRECT
    ]
    passing = [one.source for one in voices if one.validity is Validity.VALID]
    failing = [one.source for one in voices if one.validity is Validity.INVALID]
    if passing and failing:
        detail = f"{len(passing)} valid, {len(failing)} invalid"
        yield _reason(ReasonCode.JUDGES_SPLIT, detail, passing + failing)
    labels = {one.label for one in voices if one.label}
    if len(labels) > 1 and not (passing and failing):
        parties = [one.source for one in voices if one.label]
        code = ReasonCode.NECESSITY_SPLIT if passing else ReasonCode.JUDGES_SPLIT
        yield _reason(code, " or ".join(sorted(label.value for label in labels)), parties)
    for one in voices:
        if one.unstable:
            detail = " or ".join(sorted(said.value for said in one.said))
            parties = sorted({sample.source for sample in one.samples})
            yield _reason(ReasonCode.JUDGE_UNSTABLE, detail, parties)
    if refuting and passing:
        parties = [one.source for one in refuting] + passing
        proofs = [sample for one in refuting for sample in one.samples]
        yield _reason(ReasonCode.CHECKER_VS_JUDGES, _shown(proofs), parties)


def _doubts(fused: FusedStep, proposals: Sequence[Proposal], clear_risk: float) -> Iterable[Reason]:
    if fused.validity is None:
        sources = [p.source for p in proposals]
        yield _reason(ReasonCode.NO_PROPOSAL, "no source judged this step", sources)
        return
    sources = [p.source for p in proposals if p.validity]
    if fused.risk > clear_risk:
        refuting = [p for p in proposals if p.kind is SourceKind.CHECKER and p.label]
        code = ReasonCode.CHECKER_REFUTED if refuting else ReasonCode.LOW_SCORE
        yield _reason(code, f"predicted risk {fused.risk:.2f} is above {clear_risk:.2f}", sources)
    elif fused.label is Label.REDUNDANT:
        # models see redundancy too seldom and too often: no opinion on it stands without a person
        yield _reason(ReasonCode.LOW_SCORE, "redundancy is never clear by opinion alone", sources)


def _first_error_split(held: Sequence[Sequence[Opinion]]) -> Iterable[tuple[int, Reason]]:
    """Judges that agree there is an error but not where it comes first."""
    first: dict[str, int] = {}
    for step, said in enumerate(held):
        for one in said:
            if one.kind is SourceKind.JUDGE and one.validity is Validity.INVALID:
                first.setdefault(one.source, step)
    if len(set(first.values())) < 2:
        return
    for step in sorted(set(first.values())):
        parties = [source for source, place in first.items() if place == step]
        yield (
            step,
            _reason(ReasonCode.FIRST_ERROR_SPLIT, f"first error at step {step + 1}?", parties),
        )


def _answers_apart(case: Case, fused: Sequence[FusedStep]) -> Iterable[tuple[int, Reason]]:
    """Traces of one problem that answer differently: one step is asked, the most suspicious.

    Where all steps look alike it is the last, which states the answer.
    """
    conflict = answer_conflict(case.trace, case.alternatives)
    if conflict is None:
        return
    step = max(range(len(fused)), key=lambda at: (fused[at].invalidity, at))
    detail = f"{len(conflict.other)} other traces answer otherwise, {len(conflict.same)} the same"
    yield step, _reason(ReasonCode.ALTERNATIVES_CONFLICT, detail, conflict.other)


def _shown(proposals: Sequence[Proposal]) -> str:
    claims = [c for p in proposals for c in p.evidence.claims if c.verdict in _AGAINST]
    return "; ".join(_told(claim) for claim in claims) or "refuted by a checker"


_AGAINST = (ClaimVerdict.REFUTED, ClaimVerdict.CONFLICT)


def _told(claim: Claim) -> str:
    if claim.expected is None or claim.found is None:
        return claim.text
    return f"expected {claim.expected}, found {claim.found}"


def _caution_code(code: str) -> ReasonCode:
    return _CODES.get(code, ReasonCode.LOW_SCORE)


_CODES = {code.value: code for code in ReasonCode}


def _reason(code: ReasonCode, detail: str, sources: Iterable[str] = ()) -> Reason:
    return Reason(code=code, detail=detail, sources=tuple(sources))
