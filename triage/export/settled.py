"""Which steps count as labelled, and with what, in an export that others train on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from triage.deciding.fuse import fuse
from triage.records import (
    Action,
    DecidedBy,
    Findings,
    Label,
    StepDecision,
    Trace,
    Validity,
    Verdict,
)


class Include(StrEnum):
    """Whose labels go out. A step that only has proposals and is doubtful never counts."""

    HUMAN = "human"
    """Steps that people decided."""
    SETTLED = "settled"
    """Those, and steps that a signed certificate accepts."""
    PROVISIONAL = "provisional"
    """Those, and clear steps that wait for a certificate: without any promise."""


class Settled(NamedTuple):
    """The label of a step that counts as labelled.

    Attributes:
        label: None where only the validity is known.
        by: Whose word it is.
        certificate: Id of the certificate that covers it, where one does.
    """

    label: Label | None
    validity: Validity
    by: DecidedBy
    certificate: str | None
    verdicts: tuple[Verdict, ...] = ()
    correction: str | None = None

    def wrong_at_most(self, shares: Mapping[str, float]) -> float | None:
        """What the certificate promises of a machine's label.

        None for a person's label, and where nothing is promised.
        """
        if self.by is not DecidedBy.MACHINE or self.certificate is None:
            return None
        return shares.get(self.certificate)


def is_clear(decided: StepDecision) -> bool:
    """Whether a step only waits for a certificate: nothing about it is doubtful or disputed."""
    return decided.action is Action.HOLD and not decided.reasons


def settled(decided: StepDecision, include: Include) -> Settled | None:
    """The label with which a step counts as labelled; None if it does not."""
    final = decided.final
    if final is not None and final.label is not None and final.by is not DecidedBy.MACHINE:
        return Settled(
            final.label,
            final.label.validity,
            final.by,
            decided.certificate,
            final.verdicts,
            final.correction,
        )
    if decided.validity is None or include is Include.HUMAN:
        return None
    # an accepted step that lies before an expert for a hidden audit stays accepted meanwhile
    covered = decided.action in (Action.ACCEPT, Action.AUDIT)
    certified = covered and decided.certificate is not None
    if certified or (include is Include.PROVISIONAL and is_clear(decided)):
        return Settled(decided.label, decided.validity, DecidedBy.MACHINE, decided.certificate)
    return None


def soft_labels(trace: Trace, findings: Findings) -> tuple[float | None, ...]:
    """For each step the machine's probability that it is valid; None where it has no opinion."""
    return tuple(
        None if step.distribution is None else round(1 - step.invalidity, 6)
        for step in fuse(trace, findings)
    )


def prompt(trace: Trace) -> str:
    """The problem with its answer options, one a line."""
    return "\n".join([trace.problem, *(trace.options or ())])
