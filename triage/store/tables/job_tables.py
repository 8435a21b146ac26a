"""The tables of what platforms hand in: jobs, their traces, uploads, and word to send of them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from triage.store.tables.columns import METADATA, Key, counted, key_of

jobs: Final = Table(
    "jobs",
    METADATA,
    counted(),
    Column("id", String(32), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=True),
    Column("file", Text, nullable=True),
    Column("revise", Boolean, nullable=False),
    Column("hold", Boolean, nullable=False),
    Column("budget_nano", BigInteger, nullable=True),
    Column("webhook", String(32), nullable=True),
    Column("estimate", Text, nullable=True),
    Column("made_at", Float, nullable=False),
    Column("ended_at", Float, nullable=True),
    Index("jobs_by_state", "state"),
)
"""One row a job; `file` names its input where that was not uploaded, `estimate` is JSON."""

job_uploads: Final = Table(
    "job_uploads",
    METADATA,
    key_of("job"),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""What was uploaded, in parts, until its traces are in the store."""

job_traces: Final = Table(
    "job_traces",
    METADATA,
    key_of("job"),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("trace", Key, nullable=True),
    Column("trace_id", Text, nullable=True),
    Column("state", String(16), nullable=False),
    Column("why", Text, nullable=True),
    Column("line", Integer, nullable=True),
    Column("field", Text, nullable=True),
    Index("job_traces_by_state", "job", "state", "position"),
    Index("job_traces_by_trace", "trace"),
)
"""The rows of a job's input in their order; those that were rejected have no trace."""

request_keys: Final = Table(
    "request_keys",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body_hash", String(64), nullable=False),
    Column("made", String(32), nullable=False),
    Column("at", Float, nullable=False),
)
"""Idempotency keys: what was asked under them, and the id of what it made."""

webhooks: Final = Table(
    "webhooks",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", String(100), nullable=False),
    Column("job", String(32), nullable=True),
    Column("made_at", Float, nullable=False),
    Column("ended_at", Float, nullable=True),
    Column("why_ended", Text, nullable=True),
)
"""Addresses that are told of jobs that ended; with `job`, of that one only.

The secret signs what is sent, so it must be kept as it is.
"""

deliveries: Final = Table(
    "deliveries",
    METADATA,
    counted(),
    Column("id", String(40), nullable=False, unique=True),
    Column("webhook", String(32), nullable=False),
    Column("job", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Float, nullable=True),
    Column("delivered_at", Float, nullable=True),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=True),
    Column("made_at", Float, nullable=False),
    Index("deliveries_by_time", "next_at"),
    Index("deliveries_by_webhook", "webhook", "key"),
)
"""One row a message; it goes out again at `next_at`, and never where that is null."""
