"""The tables of gold: steps whose label is known, experts' answers to them, and admissions."""

from typing import Final

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
)

from triage.store.tables.columns import METADATA, Key, counted

gold: Final = Table(
    "gold",
    METADATA,
    counted(),
    Column("domain", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("truth", String(16), nullable=False),
    Column("source", String(16), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("added_at", Float, nullable=False),
    Column("retired_at", Float, nullable=True),
    UniqueConstraint("trace_id", "step", name="one_gold"),
    Index("gold_by_domain", "domain", "retired_at"),
)
"""Steps whose right label is known, apart from the work; `body` is what experts are shown of one.

`truth` is a label, or `valid` or `invalid` where no more is known.
"""

gold_tasks: Final = Table(
    "gold_tasks",
    METADATA,
    counted(),
    Column("gold", Key, nullable=False),
    Column("expert", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("token", String(32), nullable=False, unique=True),
    Column("made_at", Float, nullable=False),
    Column("answer_id", Text, nullable=True, unique=True),
    Column("label", String(16), nullable=True),
    Column("inherits_error", Boolean, nullable=True),
    Column("mode", String(16), nullable=True),
    Column("seconds", Float, nullable=True),
    Column("words", Text, nullable=True),
    Column("answered_at", Float, nullable=True),
    Column("skipped_at", Float, nullable=True),
    Column("revealed_at", Float, nullable=True),
    UniqueConstraint("gold", "expert", "round", name="one_task"),
    Index("gold_tasks_by_expert", "expert", "answered_at"),
)
"""Gold steps laid before experts, and their answers: a mark of an expert, no verdict on work.

`round` is 0 for those hidden among the work; `words` is what was written with the answer, as JSON.
"""

admissions: Final = Table(
    "admissions",
    METADATA,
    Column("expert", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("result", Text, nullable=True),
    Column("by", Text, nullable=False),
    Column("at", Float, nullable=False),
)
"""How experts stand in domains with calibration rounds; `result` is the latest's, as JSON."""
