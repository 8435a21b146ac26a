"""The tables, as the code sees them; the migrations make them, and a test holds both together."""

from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from triage.store.tables.columns import METADATA, Key, counted, key_of

_ASKED: Final[dict[str, Any]] = {
    "sqlite_where": text("settled = 0 AND action IN ('ask', 'audit')"),
    "postgresql_where": text("NOT settled AND action IN ('ask', 'audit')"),
}
"""The steps that wait for experts; a query must say the same in the same words to be helped."""

traces: Final = Table(
    "traces",
    METADATA,
    counted(),
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
    counted(),
    Column("trace", Key, nullable=False),
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
    counted(),
    Column("trace", Key, nullable=False),
    Column("cause", Text, nullable=False),
    Column("body", LargeBinary, nullable=True),
    Column("at", Float, nullable=False),
    Index("decisions_by_trace", "trace"),
)
"""All decisions on a trace's steps at one time; only ever added to, the latest counts."""

steps: Final = Table(
    "steps",
    METADATA,
    key_of("trace"),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("domain", Text, nullable=False),
    Column("action", String(8), nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("priority", Float, nullable=False),
    Column("turn", Float, nullable=False),
    Column("reason", Text, nullable=True),
    Index("steps_by_priority", "settled", "action", "priority"),
    Index("steps_by_turn", "turn", "trace", "step", **_ASKED),
    Index("steps_by_domain", "domain", "turn", "trace", "step", **_ASKED),
)
"""The queue's index of the latest decisions; can be rebuilt from them.

`turn` is the place in the queue, the lowest first.
"""

verdicts: Final = Table(
    "verdicts",
    METADATA,
    counted(),
    Column("answer_id", Text, nullable=False, unique=True),
    Column("trace", Key, nullable=False),
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
    Index(
        "verdicts_by_withdrawn",
        "withdraws",
        sqlite_where=text("withdraws IS NOT NULL"),
        postgresql_where=text("withdraws IS NOT NULL"),
    ),
)
"""What people said: only ever added to, each row's hash covers the one before it.

A row that withdraws an answer names that answer's id and repeats what it said. The salt keys the
digests of the expert's words and of the step's text: without it they tell nothing.
"""

leases: Final = Table(
    "leases",
    METADATA,
    key_of("trace"),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("expert", Text, nullable=False),
    Column("until", Float, nullable=False),
    Index("leases_by_expert", "expert"),
)
"""Steps that lie before an expert now, so that no other gets them before that time."""

skips: Final = Table(
    "skips",
    METADATA,
    key_of("trace"),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("expert", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Float, nullable=False),
)
"""Steps that an expert passed on, and why; they are not put to the same expert again."""

models: Final = Table(
    "models",
    METADATA,
    counted(),
    Column("version", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Float, nullable=False),
)
"""What was learnt from expert labels, as JSON; only ever added to, the latest is used."""

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

batches: Final = Table(
    "batches",
    METADATA,
    counted(),
    Column("id", Text, nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("promised", String(16), nullable=False),
    Column("plan", Text, nullable=False),
    Column("salt", String(64), nullable=False),
    Column("root", String(64), nullable=False),
    Column("bindings", Text, nullable=False),
    Column("second_share", Float, nullable=False),
    Column("planned_at", Text, nullable=False),
    Column("seed", Key, nullable=True),
    Column("drawn_at", Text, nullable=True),
    Column("log_rows", Integer, nullable=True),
    Column("log_head", String(64), nullable=True),
    Column("certificate_id", Text, nullable=True, unique=True),
    Column("certificate", Text, nullable=True),
    Column("note", Text, nullable=False),
)
"""Steps that were ranked and frozen together to be certified; `log_*` is the log at the draw."""

batch_steps: Final = Table(
    "batch_steps",
    METADATA,
    key_of("batch"),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("trace", Key, nullable=False),
    Column("step", Integer, nullable=False),
    Column("domain", Text, nullable=False),
    Column("label", String(16), nullable=True),
    Column("validity", String(16), nullable=False),
    Column("confidence", Float, nullable=True),
    Column("score", Float, nullable=False),
    Column("inherits_error", Boolean, nullable=True),
    Column("returned", Boolean, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("second", Boolean, nullable=False),
    Column("priority", Float, nullable=True),
    Column("watched_at", Text, nullable=True),
    Index("batch_steps_by_trace", "trace", "step"),
)
"""A batch's steps from the safest on, with the machine's labels as they were frozen.

`drawn` is the latest attempt that drew the step, 0 for none; a step's latest batch counts.
"""
accounts: Final = Table(
    "accounts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("roles", Text, nullable=False),
    Column("password", Text, nullable=True),
    Column("added_at", Float, nullable=False),
    Column("revoked_at", Float, nullable=True),
)
"""Who may sign in, with roles as a JSON list; `password` is its Argon2 hash, if there is one."""

secrets: Final = Table(
    "secrets",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("name", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("until", Float, nullable=True),
    Column("revoked_at", Float, nullable=True),
    Index("secrets_by_name", "name", "kind"),
)
"""Personal links, sessions and keys: only their SHA-256, and for whom they stand."""

audit: Final = Table(
    "audit",
    METADATA,
    counted(),
    Column("at", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", String(32), nullable=False),
    Column("about", Text, nullable=False),
    Column("address", Text, nullable=True),
    Index("audit_by_time", "at"),
)
"""Who did what to accounts and answers; the database refuses to change or remove a row."""

offers: Final = Table(
    "offers",
    METADATA,
    Column("token", String(32), primary_key=True),
    Column("trace", Key, nullable=False),
    Column("step", Integer, nullable=False),
    Column("expert", Text, nullable=False),
    Column("made_at", Float, nullable=False),
    Column("answer_id", Text, nullable=True, unique=True),
    Column("ended_at", Float, nullable=True),
    Column("revealed_at", Float, nullable=True),
    Index("offers_by_step", "trace", "step", "expert"),
    Index("offers_by_expert", "expert", "made_at"),
)
"""Each time a step was laid before an expert at the desk, under a name that tells nothing.

`ended_at` is when it was answered, skipped, taken back or lost; `revealed_at` when the expert saw
what the machine says of the step.
"""

flags: Final = Table(
    "flags",
    METADATA,
    key_of("trace"),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("expert", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("at", Float, nullable=False),
)
"""What experts found wrong with a problem itself, noted at one of its steps."""
