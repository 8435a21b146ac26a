"""What platforms hand in and are told: jobs, their traces, answers at once, webhooks."""

from enum import StrEnum

from pydantic import Field

from triage.records.base import Record
from triage.records.decision import Decision


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    READING = "reading"
    """Its traces are being stored."""
    WAITING = "waiting"
    """Taken in and estimated: it goes on when it is started."""
    RUNNING = "running"
    DONE = "done"
    AT_LIMIT = "at-limit"
    """Stopped at its money limit; it can be started again with a higher one."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    """There was nothing to work on; `why` tells what is amiss."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (JobState.DONE, JobState.AT_LIMIT, JobState.CANCELLED, JobState.FAILED)


class TraceState(StrEnum):
    """Where one trace of a job, or of a call, stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Decided, but some source failed at some step: starting the job again asks that source."""
    REJECTED = "rejected"
    """The row could not be used."""
    CANCELLED = "cancelled"


class JudgeEstimate(Record):
    """What asking one judge about traces would take, before anything is spent.

    Attributes:
        plugin: Whose prompt the judge would be shown.
        calls: Calls that would be made.
        stored: Questions that are answered already and cost nothing.
        input_tokens: Tokens that would be sent, at four bytes a token.
        output_tokens: Tokens that would come back, at 150 a step.
        usd: What the calls would cost; None where the judge has no price.
        worst_usd: What they could cost at most.
    """

    judge: str
    plugin: str
    calls: int
    stored: int
    input_tokens: int
    output_tokens: int
    usd: float | None = None
    worst_usd: float | None = None


class Job(Record):
    """A job as it stands.

    Attributes:
        traces: How many rows of the input are in each state; all of them once it is read.
        estimate: What the panel's judges would take; None until the job is read.
        spent_usd: What judges were paid, with the most that calls under way may cost.
        webhook: Id of the webhook that was made for this job alone.
        webhook_secret: What signs its messages; told only when the job is made.
    """

    id: str = Field(examples=["job_5f0c9e2ab7d84c61"])
    owner: str
    state: JobState
    why: str | None = None
    file: str | None = None
    traces: dict[TraceState, int] = Field(default_factory=dict)
    estimate: tuple[JudgeEstimate, ...] | None = None
    budget_usd: float | None = None
    spent_usd: float = 0.0
    webhook: str | None = None
    webhook_secret: str | None = None
    made_at: float = Field(description="Unix seconds")
    ended_at: float | None = None


class JobPage(Record):
    """Some jobs, newest first; `next` is the cursor of those after them."""

    jobs: tuple[Job, ...]
    next: str | None = None


class JobTrace(Record):
    """One row of a job's input.

    Attributes:
        position: Its place in the input, from 0.
        line: Its line in the input; for Parquet the row.
        field: The field that is amiss, for rejected rows.
        why: What failed or was amiss.
    """

    position: int
    trace_id: str | None = None
    state: TraceState
    why: str | None = None
    line: int | None = None
    field: str | None = None


class JobTracePage(Record):
    """Some rows of a job's input, in order; `next` is the cursor of those after them."""

    traces: tuple[JobTrace, ...]
    next: str | None = None


class Prelabelled(Record):
    """What came of a few traces.

    Attributes:
        decisions: One a step, in the order of the traces; none of those that are not decided yet.
        traces: What became of each trace sent; a running one is worked on, so ask again later.
    """

    decisions: tuple[Decision, ...]
    traces: tuple[JobTrace, ...]


class Webhook(Record):
    """An address that is told of jobs that ended.

    Attributes:
        job: The only job it is told of; None for all of its owner's.
        secret: Signs what is sent (`whsec_...`); told only when the webhook is made.
        ended_at: When it was removed, or the receiver said that it is gone; Unix seconds.
    """

    id: str = Field(examples=["wh_5f0c9e2ab7d84c61"])
    owner: str
    url: str
    job: str | None = None
    secret: str | None = None
    made_at: float
    ended_at: float | None = None
    why_ended: str | None = None


class WebhookPage(Record):
    """The webhooks there are, newest first."""

    webhooks: tuple[Webhook, ...]


class Delivery(Record):
    """One message and what became of it.

    Attributes:
        id: The header `webhook-id`, the same in every attempt.
        next_at: When it goes out again; None if it does not.
        status: The receiver's last answer; None if there was none.
    """

    id: str
    job: str
    attempts: int
    next_at: float | None = None
    delivered_at: float | None = None
    status: int | None = None
    error: str | None = None
    made_at: float


class DeliveryPage(Record):
    """Some messages of a webhook, newest first; `next` is the cursor of those after them."""

    deliveries: tuple[Delivery, ...]
    next: str | None = None
