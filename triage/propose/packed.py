"""One plugin's findings as they travel: the JSON that is kept, and what a run counts."""

from typing import NamedTuple, Self

from triage.records import Findings


class Packed(NamedTuple):
    """Findings as JSON, whether any step failed, and what they cost."""

    body: bytes
    failed: bool
    cost_usd: float

    @classmethod
    def pack(cls, findings: Findings) -> Self:
        """Turn findings into the form that is kept."""
        return cls.of(findings.model_dump_json(exclude_defaults=True).encode(), findings)

    @classmethod
    def of(cls, body: bytes, findings: Findings) -> Self:
        """Findings that have that form already."""
        return cls(
            body,
            bool(findings.failures),
            sum(proposal.cost_usd for proposal in findings.proposals),
        )

    def unpack(self) -> Findings:
        """Read the record back."""
        return Findings.model_validate_json(self.body)
