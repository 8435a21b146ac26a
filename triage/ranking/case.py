"""Everything a ranker may look at: never a label, never what an expert said."""

from collections.abc import Sequence
from typing import NamedTuple

from triage.alternatives import Alternative
from triage.fuse import FusedStep
from triage.opinions import Opinion, opinions
from triage.records import AnswerVerdict, Findings, Proposal, Trace


class Case(NamedTuple):
    """A trace with what is known of it before any expert spoke.

    Attributes:
        cold: What the machine makes of each step without having learnt anything.
        answer: How the final answer stands.
    """

    trace: Trace
    findings: Findings
    cold: tuple[FusedStep, ...]
    answer: AnswerVerdict
    alternatives: Sequence[Alternative] = ()

    def by_step(self) -> list[list[Proposal]]:
        """The proposals on each step."""
        found: list[list[Proposal]] = [[] for _ in self.trace.steps]
        for proposal in self.findings.proposals:
            found[proposal.step].append(proposal)
        return found

    def opinions(self) -> list[list[Opinion]]:
        """The sources' opinions on each step."""
        return [opinions(proposals) for proposals in self.by_step()]
