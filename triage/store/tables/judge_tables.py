"""The tables of what judges were asked: answers that were bought, money, providers' batches."""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from triage.store.tables.columns import METADATA

judge_answers: Final = Table(
    "judge_answers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(64), nullable=False),
    Column("account", String(200), nullable=False),
    Column("source", String(200), nullable=False),
    Column("domain", String(200), nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("step", Integer),
    Column("prompt", String(200), nullable=False),
    Column("model", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("finish", String(16), nullable=False),
    Column("tokens", Text),
    Column("input", Integer, nullable=False),
    Column("output", Integer, nullable=False),
    Column("cache_read", Integer, nullable=False),
    Column("cache_write", Integer, nullable=False),
    Column("cost_nano", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("at", Float, nullable=False),
    Index("judge_answers_by_key", "key"),
    Index("judge_answers_by_trace", "trace_id"),
)
"""One row a delivered answer. `key` says what was asked; a key may have several answers, because
a broken one is kept and asked again. `at` is in seconds since 1970."""

judge_accounts: Final = Table(
    "judge_accounts",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("spent_nano", BigInteger, nullable=False),
    Column("held_nano", BigInteger, nullable=False),
)
"""What was spent and what is set aside for calls whose cost is not known yet. What a killed
process had set aside stays so: its calls may have been billed."""

judge_askers: Final = Table(
    "judge_askers",
    METADATA,
    Column("id", String(120), primary_key=True),
    Column("beat", Integer, nullable=False),
)
"""One row a process that is asking; `beat` is raised every few seconds while it lives."""

judge_leases: Final = Table(
    "judge_leases",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("asker", String(120), nullable=False),
    Index("judge_leases_by_asker", "asker"),
)
"""One row a question that a process is asking at this moment: others wait for its answer."""

judge_batches: Final = Table(
    "judge_batches",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account", String(200), nullable=False),
    Column("endpoint", String(500), nullable=False),
    Column("mark", String(32), nullable=False),
    Column("name", String(200)),
    Column("held_nano", BigInteger, nullable=False),
    Column("is_open", Integer, nullable=False),
    Column("at", Float, nullable=False),
)
"""One row a batch. `name` is the provider's; a row without one was being handed in when its
process ended, and is looked for at the provider by its `mark` or its requests."""

judge_batch_items: Final = Table(
    "judge_batch_items",
    METADATA,
    Column("batch", ForeignKey(judge_batches.c.id), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("source", String(200), nullable=False),
    Column("domain", String(200), nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("step", Integer),
    Column("prompt", String(200), nullable=False),
)
"""The questions of a batch, with all that an answer's row in the ledger needs."""
