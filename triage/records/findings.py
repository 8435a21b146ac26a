"""What sources said of a trace: proposal, abstention, failure and caution are four types."""

from enum import StrEnum

from pydantic import Field, JsonValue, field_serializer

from triage.records.base import Record
from triage.records.labels import Label, Validity
from triage.records.trace import Probability, Span


class SourceKind(StrEnum):
    """How a source comes to its judgement; fusion weighs the kinds differently."""

    CHECKER = "checker"
    """Deterministic: proves or refutes claims."""
    JUDGE = "judge"
    """Reads and gives an opinion: a model or an outside judge."""
    SCORER = "scorer"
    """Gives the probability that a step is valid, without a label."""


class ClaimVerdict(StrEnum):
    """What a checker found out about one claim. Supported is evidence, never a label."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    CONFLICT = "conflict"
    """Contradicts an earlier statement of the trace without being false by itself."""
    SOFT = "soft"
    """A sign, not a proof."""
    UNKNOWN = "unknown"


class Claim(Record):
    """One checkable statement in a step and what became of it.

    Attributes:
        kind: The kind of claim in the checker's own words, e.g. `arithmetic` or `unit-conversion`.
        span: Characters of the step's text that make the claim.
        text: The claim as written.
        expected: What the checker computed.
        found: What the step states.
        readings: The readings that were tried; a claim is refuted only if all fail.
        rests_on: Indices of earlier steps the check used.
        engine: Which engine decided.
        ms: Milliseconds it took.
    """

    kind: str
    verdict: ClaimVerdict
    span: Span | None = None
    text: str = ""
    expected: str | None = None
    found: str | None = None
    readings: tuple[str, ...] = ()
    rests_on: tuple[int, ...] = ()
    note: str | None = None
    engine: str | None = None
    ms: float | None = Field(default=None, ge=0.0)


class Evidence(Record):
    """Why a source says what it says, in a form that a page can show.

    Attributes:
        claims: Checked statements, by checkers.
        rationale: Free text, by judges.
        quotes: Verbatim pieces of the trace the rationale rests on.
        p_valid: Probability that the step is valid, by scorers.
        votes: Share of samples per label word, by judges that were asked several times.
        extra: Whatever else the source wants kept.
    """

    claims: tuple[Claim, ...] = ()
    rationale: str | None = None
    quotes: tuple[str, ...] = ()
    p_valid: Probability | None = None
    votes: dict[Label, Probability] = Field(default_factory=dict)
    extra: dict[str, JsonValue] = Field(default_factory=dict)


class SourceProposal(Record):
    """What one source proposes for a step, where the step is told by what it stands in.

    `label` and `validity` are both None where a source offers evidence only: a supported claim is
    no label. `confidence` is the source's own probability of being right.
    """

    source: str = Field(min_length=1)
    version: str = "0"
    kind: SourceKind = SourceKind.JUDGE
    label: Label | None = None
    validity: Validity | None = None
    confidence: Probability | None = None
    inherits_error: bool | None = None
    evidence: Evidence = Field(default_factory=Evidence)
    model: str | None = None
    prompt: str | None = None
    cost_usd: float = Field(default=0.0, ge=0.0)
    saw_reference: bool = False

    @field_serializer("evidence")
    def _say_what_is_there(self, evidence: Evidence) -> dict[str, JsonValue]:
        return evidence.model_dump(mode="json", exclude_defaults=True)


class Proposal(SourceProposal):
    """A judgement of one step."""

    step: int = Field(ge=0)


class Abstention(Record):
    """A source that has nothing to say on a step, and why: `domain`, `no-claim`, `null`, ..."""

    step: int = Field(ge=0)
    source: str = Field(min_length=1)
    why: str


class Failure(Record):
    """A source that should have answered and did not: `timeout`, `crash`, `bad-reply`, ..."""

    step: int = Field(ge=0)
    source: str = Field(min_length=1)
    why: str
    detail: str | None = None


class Caution(Record):
    """A source's request that a person look at the step, whatever the proposals say."""

    step: int = Field(ge=0)
    source: str = Field(min_length=1)
    code: str
    detail: str


Outcome = Proposal | Abstention | Failure | Caution
"""Everything a plugin may say of a step."""


class AnswerVerdict(StrEnum):
    """How the trace's final answer stands."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


class AnswerCheck(Record):
    """One source's comparison of the final answer with what is known to be right."""

    source: str = Field(min_length=1)
    version: str = "0"
    verdict: AnswerVerdict
    expected: str | None = None
    found: str | None = None
    note: str | None = None


class Findings(Record):
    """Everything all sources said of one trace."""

    proposals: tuple[Proposal, ...] = ()
    abstentions: tuple[Abstention, ...] = ()
    failures: tuple[Failure, ...] = ()
    cautions: tuple[Caution, ...] = ()
    answers: tuple[AnswerCheck, ...] = ()
