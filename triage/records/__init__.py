"""The nouns of the house: frozen, typed, without any input or output."""

from triage.records.aids import Passage, Redaction
from triage.records.base import SCHEMA_VERSION, Dollars, Record
from triage.records.decision import (
    Action,
    Decision,
    Final,
    Reason,
    ReasonCode,
    SourceNote,
    StepDecision,
)
from triage.records.findings import (
    Abstention,
    AnswerCheck,
    AnswerVerdict,
    Caution,
    Claim,
    ClaimVerdict,
    Evidence,
    Failure,
    Findings,
    Outcome,
    Proposal,
    SourceKind,
    SourceProposal,
)
from triage.records.labels import LABELS, Label, Validity, Word
from triage.records.standing import Promised, Stage, Standing
from triage.records.trace import Human, OutsideJudgement, Probability, Span, Step, Trace
from triage.records.verdict import Admitting, DecidedBy, Mode, Verdict

__all__ = [
    "LABELS",
    "SCHEMA_VERSION",
    "Abstention",
    "Action",
    "Admitting",
    "AnswerCheck",
    "AnswerVerdict",
    "Caution",
    "Claim",
    "ClaimVerdict",
    "DecidedBy",
    "Decision",
    "Dollars",
    "Evidence",
    "Failure",
    "Final",
    "Findings",
    "Human",
    "Label",
    "Mode",
    "Outcome",
    "OutsideJudgement",
    "Passage",
    "Probability",
    "Promised",
    "Proposal",
    "Reason",
    "ReasonCode",
    "Record",
    "Redaction",
    "SourceKind",
    "SourceNote",
    "SourceProposal",
    "Span",
    "Stage",
    "Standing",
    "Step",
    "StepDecision",
    "Trace",
    "Validity",
    "Verdict",
    "Word",
]
