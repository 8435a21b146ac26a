"""Gold steps, the answers to them, and who is admitted to which domain's queue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "gold",
        sa.Column("key", _KEY, autoincrement=True, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("truth", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("retired_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("trace_id", "step", name="one_gold"),
    )
    op.create_index("gold_by_domain", "gold", ["domain", "retired_at"])
    op.create_table(
        "gold_tasks",
        sa.Column("key", _KEY, autoincrement=True, nullable=False),
        sa.Column("gold", _KEY, nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("answer_id", sa.Text(), nullable=True),
        sa.Column("label", sa.String(length=16), nullable=True),
        sa.Column("inherits_error", sa.Boolean(), nullable=True),
        sa.Column("mode", sa.String(length=16), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.Float(), nullable=True),
        sa.Column("skipped_at", sa.Float(), nullable=True),
        sa.Column("revealed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("token"),
        sa.UniqueConstraint("answer_id"),
        sa.UniqueConstraint("gold", "expert", "round", name="one_task"),
    )
    op.create_index("gold_tasks_by_expert", "gold_tasks", ["expert", "answered_at"])
    op.create_table(
        "admissions",
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("expert", "domain"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("admissions")
    op.drop_table("gold_tasks")
    op.drop_table("gold")
