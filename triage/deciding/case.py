"""A trace with all that is known of it before any expert speaks: what deciding and ranking see."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from triage.deciding.alternatives import Alternative
from triage.deciding.fuse import FusedStep, fuse
from triage.deciding.opinions import Opinion, opinions
from triage.deciding.route import answer_verdict
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

    @classmethod
    def of(cls, trace: Trace, findings: Findings, alternatives: Sequence[Alternative] = ()) -> Self:
        """Lay out what sources said of a trace, beside the other traces of its problem."""
        answer = answer_verdict(trace, findings.answers)
        return cls(trace, findings, fuse(trace, findings), answer, alternatives)

    def by_step(self) -> list[list[Proposal]]:
        """The proposals on each step."""
        found: list[list[Proposal]] = [[] for _ in self.trace.steps]
        for proposal in self.findings.proposals:
            found[proposal.step].append(proposal)
        return found

    def opinions(self) -> list[list[Opinion]]:
        """The sources' opinions on each step."""
        return [opinions(proposals) for proposals in self.by_step()]
