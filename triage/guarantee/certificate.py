"""Draw, certify, verify: from a plan and blind labels to a certificate anyone can re-check."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, assert_never

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triage.errors import UsageError
from triage.guarantee.procedures.cut import CutPlan, plan_cut
from triage.guarantee.procedures.declared import Promise
from triage.guarantee.procedures.exact import exact_share, percent_above
from triage.guarantee.procedures.rising import Outcome, RisingPlan, plan_rising, rising_outcome
from triage.guarantee.procedures.sampling import sample_ranks
from triage.guarantee.procedures.stream_plan import StreamPlan

Plan = CutPlan | RisingPlan
"""What a batch is certified by; told apart by `procedure`."""

ERRORS = {
    False: ("wrong", "wrong labels"),
    True: ("wrongly taken as valid or invalid", "wrong validities"),
}
"""What wrong steps are, and what errors are called; by whether only validity is promised."""
MOST_ITEMS = 20_000_000
"""Steps up to which a certificate is checked: a made-up one shall not keep anybody waiting."""
_SHOWN = 5


class CertificateError(UsageError):
    """A certificate does not follow from its own plan and draw: do not rely on it."""


class Certificate(BaseModel):
    """What a draw proved: with chance at least 1 - delta, at most `wrong_at_most` are wrong.

    Attributes:
        plan: What was fixed before the draw.
        seed: Seed of the draw.
        errors: Sampled ranks whose machine label the blind experts found wrong, ascending.
        accepted: Length of the accepted prefix: ranks 0 to accepted - 1.
        machine_only: Accepted steps without a human label of this draw.
        wrong_at_most: Bound on the wrong labels among them (those found are corrected).
        share_wrong_at_most: `wrong_at_most / machine_only`, at most 1.
        certified: Whether that bound keeps the promise of at most `alpha` that was planned for.
        bindings: Hashes of what it holds for: batch, scores, ranker, prompts, verdict log, ...
        digest: SHA-256 over all other fields, against slips; it is no signature.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    schema_version: Literal[1] = 1
    plan: Plan = Field(discriminator="procedure")
    seed: int
    errors: tuple[Annotated[int, Field(ge=0)], ...]
    accepted: int = Field(ge=0)
    machine_only: int = Field(ge=0)
    wrong_at_most: int = Field(ge=0)
    share_wrong_at_most: float = Field(ge=0.0, le=1.0)
    certified: bool
    bindings: dict[str, str]
    digest: str

    @property
    def claim(self) -> str:
        """The promise in one sentence, for people."""
        plan = self.plan
        if not self.accepted:
            return f"Stratum {plan.stratum!r}: nothing is accepted; every step goes to people."
        if not self.machine_only:
            return (
                f"Stratum {plan.stratum!r}: every accepted step has a human label; nothing rests on"
                " the machine."
            )
        kept = "at most" if self.certified else "NOT shown to be at most"
        wrong = min(self.wrong_at_most, self.machine_only)
        whole = (
            f"all {plan.items} steps of stratum {plan.stratum!r}"
            if plan.target == "total"
            else "these steps"
        )
        are, errors = ERRORS[self.bindings.get("promised") == "validity"]
        share = percent_above(self.share_wrong_at_most)
        return (
            f"Stratum {plan.stratum!r}: of the {self.machine_only} steps accepted without a human"
            f" label at most {wrong} are {are} ({share}); the share of {errors} in {whole} is"
            f" {kept} {percent_above(plan.alpha)}. Such a statement fails in at most"
            f" {percent_above(plan.delta)} of draws."
        )


def draw(plan: Plan | StreamPlan, seed: int) -> list[int]:
    """The ranks to label blind, no more and no fewer, in random order.

    Raises:
        UsageError: The seed is no whole number.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise UsageError(f"the seed is {seed!r}: give a whole number, and note it before the draw")
    name = f"{plan.stratum}|{plan.attempt}"
    if not isinstance(plan, RisingPlan):
        return sample_ranks(plan.zone, plan.labels, name=name, seed=int(seed))
    safe, risky = plan.safe, plan.risky
    ranks = sample_ranks(safe.steps, safe.labels, name=f"{name}|safe", seed=int(seed))
    beyond = sample_ranks(risky.steps, risky.labels, name=f"{name}|risky", seed=int(seed))
    ranks += [plan.safe_zone + rank for rank in beyond]
    order = sample_ranks(plan.labels, plan.labels, name=f"{name}|order", seed=int(seed))
    return [ranks[place] for place in order]


def certify(
    plan: Plan,
    seed: int,
    errors: Mapping[int, bool],
    *,
    bindings: Mapping[str, str] | None = None,
) -> Certificate:
    """Turn the blind labels of a draw into a certificate.

    Args:
        plan: The plan that was drawn from.
        seed: The seed of the draw.
        errors: For every drawn rank, whether the machine's label is wrong (adjudicated where two
            blind labels differ).
        bindings: Hashes of what the certificate holds for, by name.

    Raises:
        UsageError: Labels missing, labels of ranks that were not drawn, or labels that are
            neither true nor false.
    """
    drawn = draw(plan, seed)
    found = _errors_found(drawn, errors)
    accepted, machine_only, wrong_at_most = _outcome(plan, drawn, found)
    share = min(1.0, wrong_at_most / machine_only) if machine_only else 1.0
    promise = exact_share(plan.alpha) * (plan.items if plan.target == "total" else machine_only)
    body = {
        "schema_version": 1,
        "plan": plan,
        "seed": int(seed),
        "errors": tuple(found),
        "accepted": accepted,
        "machine_only": machine_only,
        "wrong_at_most": wrong_at_most,
        "share_wrong_at_most": share,
        "certified": machine_only > 0 and wrong_at_most <= promise,
        "bindings": dict(sorted((bindings or {}).items())),
        "digest": "",
    }
    unsigned = Certificate.model_validate(body)
    return unsigned.model_copy(update={"digest": _digest(unsigned)})


def verify(certificate: str | bytes) -> Certificate:
    """Recompute plan, draw and cut of a certificate from its JSON, and return it if all agree.

    It does not know the batch: that the errors listed are the experts' verdicts is checked
    against the verdict log, and that the ranks are those steps against the batch's hashes.

    Raises:
        CertificateError: The text is no certificate, or any field differs from its recomputation.
    """
    try:
        read = Certificate.model_validate_json(certificate, strict=True)
    except ValidationError as why:
        first = why.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "text"
        raise CertificateError(
            f"not a readable certificate: {where}: {first['msg']}; ask for the original file"
        ) from why
    if read.plan.items > MOST_ITEMS:
        raise CertificateError(
            f"the certificate speaks of {read.plan.items:,} steps, and no more than {MOST_ITEMS:,}"
            " are recomputed: ask for the original file"
        )
    try:
        fresh = _recomputed(read)
    except UsageError as why:
        raise CertificateError(f"the certificate contradicts itself: {why}") from why
    for name in Certificate.model_fields:
        if getattr(fresh, name) != getattr(read, name):
            raise CertificateError(
                f"the certificate was edited: {name} does not follow from the plan and the draw;"
                " rely on nothing in it and ask for the original file"
            )
    return read


def _recomputed(read: Certificate) -> Certificate:
    fresh = _planned_again(read.plan)
    wrong = set(read.errors)
    drawn = draw(fresh, read.seed)
    if strangers := wrong - set(drawn):
        raise UsageError(f"errors at ranks that were not drawn: {_some(strangers)}")
    verdicts = {rank: rank in wrong for rank in drawn}
    return certify(fresh, read.seed, verdicts, bindings=read.bindings)


def _errors_found(drawn: list[int], errors: Mapping[int, bool]) -> list[int]:
    wanted = set(drawn)
    if missing := wanted - errors.keys():
        raise UsageError(
            f"{len(missing)} of {len(drawn)} drawn ranks have no label ({_some(missing)}):"
            " every drawn step must be labelled, none may be left out or replaced"
        )
    if extra := errors.keys() - wanted:
        raise UsageError(
            f"{len(extra)} labels are of ranks that were not drawn ({_some(extra)}): give exactly"
            " the ranks that draw(plan, seed) names, and check plan and seed"
        )
    for rank, wrong in errors.items():
        if not isinstance(wrong, bool | np.bool_) and wrong not in (0, 1):
            raise UsageError(f"the label of rank {rank} is {wrong!r}: say True (wrong) or False")
    return sorted(int(rank) for rank, wrong in errors.items() if wrong)


def _outcome(plan: Plan, drawn: list[int], found: list[int]) -> Outcome:
    if isinstance(plan, RisingPlan):
        return rising_outcome(plan, drawn, found)
    if not plan.can_certify:
        return Outcome(0, 0, plan.budget)
    stop = plan.stop_at_error
    accepted = found[stop - 1] if len(found) >= stop else plan.zone
    alone = accepted - sum(rank < accepted for rank in drawn)
    return Outcome(accepted, alone, plan.budget)


def _planned_again(plan: Plan) -> Plan:
    stated = plan.model_dump()
    derived = {"schema_version", "procedure"}
    if isinstance(plan, CutPlan):
        derived |= {"budget", "stop_at_error"}
        return plan_cut(**{name: stated[name] for name in stated.keys() - derived})
    if isinstance(plan, RisingPlan):
        promise = Promise(**{name: stated[name] for name in Promise._fields})
        zones = stated.keys() - derived - set(Promise._fields)
        return plan_rising(promise, **{name: stated[name] for name in zones})
    assert_never(plan)


def _digest(certificate: Certificate) -> str:
    text = certificate.model_dump_json(exclude={"digest"})
    return hashlib.sha256(text.encode()).hexdigest()


def _some(ranks: "set[Any]") -> str:
    shown = sorted(ranks)[:_SHOWN]
    return ", ".join(map(str, shown)) + (", ..." if len(ranks) > _SHOWN else "")
