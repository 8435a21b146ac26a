"""What the house decided about a step, in the form that leaves it."""

from enum import StrEnum

from pydantic import Field

from triage.records.base import SCHEMA_VERSION, Record
from triage.records.findings import SourceProposal
from triage.records.labels import Label, Validity
from triage.records.trace import Probability, Span
from triage.records.verdict import DecidedBy, Verdict


class Action(StrEnum):
    """Where a step goes."""

    ASK = "ask"
    HOLD = "hold"
    AUDIT = "audit"
    ACCEPT = "accept"


class ReasonCode(StrEnum):
    """Why a step is doubtful or disputed."""

    JUDGES_SPLIT = "judges-split"
    JUDGE_UNSTABLE = "judge-unstable"
    CHECKER_VS_JUDGES = "checker-vs-judges"
    CHECKER_REFUTED = "checker-refuted"
    ANSWER_VS_STEPS = "answer-vs-steps"
    ALTERNATIVES_CONFLICT = "alternatives-conflict"
    NECESSITY_SPLIT = "necessity-split"
    FIRST_ERROR_SPLIT = "first-error-split"
    LOW_SCORE = "low-score"
    UNSEEN_DOMAIN = "unseen-domain"
    NO_PROPOSAL = "no-proposal"
    FAILED = "failed"
    INJECTION_SUSPECTED = "injection-suspected"
    EXPERTS_SPLIT = "experts-split"
    AUDIT_HIT = "audit-hit"
    DRIFT = "drift"

    @property
    def shown(self) -> str:
        """The wording that people read."""
        return _SHOWN[self]


_SHOWN = {
    ReasonCode.JUDGES_SPLIT: "judges differ",
    ReasonCode.JUDGE_UNSTABLE: "a judge differs with itself",
    ReasonCode.CHECKER_VS_JUDGES: "a checker refutes what judges pass",
    ReasonCode.CHECKER_REFUTED: "a checker refutes it",
    ReasonCode.ANSWER_VS_STEPS: "the answer and the steps don't fit",
    ReasonCode.ALTERNATIVES_CONFLICT: "another solution says otherwise",
    ReasonCode.NECESSITY_SPLIT: "judges differ in whether it is needed",
    ReasonCode.FIRST_ERROR_SPLIT: "judges differ in where the first error is",
    ReasonCode.LOW_SCORE: "not sure enough",
    ReasonCode.UNSEEN_DOMAIN: "no source judges its domain",
    ReasonCode.NO_PROPOSAL: "nobody proposes a label",
    ReasonCode.FAILED: "a source failed",
    ReasonCode.INJECTION_SUSPECTED: "its text may instruct judges",
    ReasonCode.EXPERTS_SPLIT: "experts differ",
    ReasonCode.AUDIT_HIT: "an audit found it wrong",
    ReasonCode.DRIFT: "its certificate no longer holds",
}


class Reason(Record):
    """One reason with its parties."""

    code: ReasonCode
    detail: str
    sources: tuple[str, ...] = ()


class Final(Record):
    """The settled label of a step and the verdicts behind it."""

    label: Label | None
    inherits_error: bool | None = None
    by: DecidedBy
    verdicts: tuple[Verdict, ...] = ()
    correction: str | None = None


class SourceNote(Record):
    """A source that abstained or failed, and why."""

    source: str
    why: str


class Decision(Record):
    """One step as it leaves the house: the machine's label, where it goes and everything behind it.

    Attributes:
        score: Predicted risk in [0, 1] that the machine's label (or validity) is wrong.
        confidence: Probability that the machine's label is right, for display only.
        certificate: Id of the signed certificate that covers an accepted step.
    """

    trace_id: str
    step: int = Field(ge=0)
    text: str
    span: Span | None = None
    label: Label | None = None
    validity: Validity | None = None
    confidence: Probability | None = None
    score: Probability
    inherits_error: bool | None = None
    decision: Action
    reasons: tuple[Reason, ...] = ()
    certificate: str | None = None
    final: Final | None = None
    proposals: tuple[SourceProposal, ...] = ()
    abstained: tuple[SourceNote, ...] = ()
    failed: tuple[SourceNote, ...] = ()
    schema_version: int = Field(default=SCHEMA_VERSION, alias="schema")


class StepDecision(Record):
    """What was decided on one step, without the text and the proposals it rests on.

    Attributes:
        score: Predicted risk in [0, 1] that the machine's label (or validity) is wrong.
        confidence: Probability that it is right, for display only.
        priority: How soon an expert should see the step; higher is sooner.
    """

    step: int
    label: Label | None
    validity: Validity | None
    confidence: float | None
    score: float
    inherits_error: bool | None
    action: Action
    reasons: tuple[Reason, ...]
    priority: float
    certificate: str | None = None
    final: Final | None = None
