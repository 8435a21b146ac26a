"""The tables, as the code sees them; the migrations make them, and a test holds both together."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData()

_Key = BigInteger().with_variant(Integer, "sqlite")

traces: Final = Table(
    "traces",
    METADATA,
    Column("key", _Key, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content_hash", String(64), nullable=True),
    Column("domain", Text, nullable=False),
    Column("group", Text, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("source", Text, nullable=False),
    Column("added_at", Float, nullable=False),
    Column("forgotten_at", Float, nullable=True),
    UniqueConstraint("id", "revision", name="one_revision"),
    Index("traces_by_group", "group"),
)
"""A trace as it came in; `body` is its JSON; it and the hash are null once it is forgotten."""

findings: Final = Table(
    "findings",
    METADATA,
    Column("key", _Key, primary_key=True, autoincrement=True),
    Column("trace", _Key, nullable=False),
    Column("plugin", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("cost_usd", Float, nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("at", Float, nullable=False),
    Index("findings_by_trace", "trace", "plugin"),
)
"""What one plugin in one configuration said of a trace; only ever added to, the latest counts."""

decisions: Final = Table(
    "decisions",
    METADATA,
    Column("key", _Key, primary_key=True, autoincrement=True),
    Column("trace", _Key, nullable=False),
    Column("cause", Text, nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("at", Float, nullable=False),
    Index("decisions_by_trace", "trace"),
)
"""All decisions on a trace's steps at one time; only ever added to, the latest counts."""

steps: Final = Table(
    "steps",
    METADATA,
    Column("trace", _Key, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("domain", Text, nullable=False),
    Column("action", String(8), nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("priority", Float, nullable=False),
    Column("reason", Text, nullable=True),
    Index("steps_by_priority", "settled", "action", "priority"),
)
"""The queue's index of the latest decisions; can be rebuilt from them."""

verdicts: Final = Table(
    "verdicts",
    METADATA,
    Column("key", _Key, primary_key=True, autoincrement=True),
    Column("answer_id", Text, nullable=False, unique=True),
    Column("trace", _Key, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("label", String(16), nullable=False),
    Column("inherits_error", Boolean, nullable=True),
    Column("expert", Text, nullable=False),
    Column("by", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("seconds", Float, nullable=True),
    Column("note", Text, nullable=True),
    Column("correction", Text, nullable=True),
    Column("withdraws", Text, nullable=True),
    Column("salt", String(32), nullable=True),
    Column("said_digest", String(64), nullable=False),
    Column("step_digest", String(64), nullable=False),
    Column("at", Text, nullable=False),
    Column("previous", String(64), nullable=False, unique=True),
    Column("hash", String(64), nullable=False, unique=True),
    Index("verdicts_by_trace", "trace", "step"),
)
"""What people said: only ever added to, each row's hash covers the one before it.

A row that withdraws an answer names that answer's id and repeats what it said. The salt keys the
digests of the expert's words and of the step's text: without it they tell nothing.
"""

leases: Final = Table(
    "leases",
    METADATA,
    Column("trace", _Key, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("expert", Text, nullable=False),
    Column("until", Float, nullable=False),
)
"""Steps that lie before an expert now, so that no other gets them before that time."""

skips: Final = Table(
    "skips",
    METADATA,
    Column("trace", _Key, primary_key=True, autoincrement=False),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("expert", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Float, nullable=False),
)
"""Steps that an expert passed on, and why; they are not put to the same expert again."""

plugins: Final = Table(
    "plugins",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("info", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("seen_at", Float, nullable=False),
)
"""The plugins of the latest runs, with what they said of themselves as JSON."""

experts: Final = Table(
    "experts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("credentials", Text, nullable=False),
    Column("added_at", Float, nullable=False),
    Column("revoked_at", Float, nullable=True),
)
"""People who may answer, with the credentials (domains) they hold as a JSON list."""
