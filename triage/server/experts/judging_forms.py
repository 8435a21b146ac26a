"""What goes over the wire after an answer: proposals, amendments, disputes and resolutions."""

from typing import Any

from pydantic import BaseModel, Field

from triage.queue.verdicts.disputes import Dispute
from triage.records import Label, SourceProposal
from triage.server.http.forms import AnswerId, Reason, Sent, Words


class ProposalShown(BaseModel):
    """What one source proposes for a step, with its evidence."""

    source: str
    label: str | None
    validity: str | None
    confidence: float | None
    inherits_error: bool | None
    evidence: dict[str, Any]


class Revealed(BaseModel):
    """What the machine says of a step that was answered."""

    answer_id: str
    proposals: list[ProposalShown]


class AmendSent(Sent):
    """A second thought after a reveal."""

    answer_id: AnswerId = Field(examples=["a2e77c01d9b34f58"])
    amends: AnswerId
    label: Label = Field(examples=["incomplete"])
    inherits_error: bool | None = None
    reason: Reason = Field(examples=["the judge is right about the second term"])
    correction: Words | None = None


class SideShown(BaseModel):
    """What one expert said; nobody is named."""

    label: str
    inherits_error: bool | None
    note: str | None
    correction: str | None


class DisputeShown(BaseModel):
    """A step on which experts differ, with both sides and the machine's proposals."""

    trace_id: str
    step_index: int = Field(description="the step's place in its trace, from 0")
    domain: str
    position: int = Field(description="the step's place in its trace, from 1")
    of: int
    problem: str
    options: list[str] | None
    earlier: list[str]
    step: str
    verdicts: list[SideShown]
    proposals: list[ProposalShown]


class Disputes(BaseModel):
    """Splits that wait for a resolution, the most urgent first."""

    items: list[DisputeShown]


class ResolutionSent(Sent):
    """The last word on a split."""

    answer_id: AnswerId = Field(examples=["c9d1f00b6a2e4c77"])
    trace_id: str = Field(min_length=1, max_length=2_000, examples=["t1"])
    step_index: int = Field(ge=0, examples=[1])
    label: Label = Field(examples=["incorrect"])
    inherits_error: bool | None = None
    reason: Reason = Field(examples=["the bound is strict"])
    correction: Words | None = None


def proposal_shown(proposal: SourceProposal) -> ProposalShown:
    """Put a proposal on the wire."""
    return ProposalShown(
        source=proposal.source,
        label=proposal.label,
        validity=proposal.validity,
        confidence=proposal.confidence,
        inherits_error=proposal.inherits_error,
        evidence=proposal.evidence.model_dump(mode="json", exclude_defaults=True),
    )


def dispute_shown(dispute: Dispute) -> DisputeShown:
    """Put a dispute on the wire."""
    item = dispute.item
    return DisputeShown(
        trace_id=item.trace_id,
        step_index=item.step,
        domain=item.domain,
        position=item.step + 1,
        of=item.steps,
        problem=item.problem,
        options=None if item.options is None else list(item.options),
        earlier=list(item.earlier),
        step=item.text,
        verdicts=[
            SideShown(
                label=side.label,
                inherits_error=side.inherits_error,
                note=side.note,
                correction=side.correction,
            )
            for side in dispute.sides
        ],
        proposals=[proposal_shown(one) for one in dispute.proposals],
    )
