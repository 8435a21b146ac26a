"""Which process asks which question, and a mark by which a batch is found at its provider."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "judge_askers",
        sa.Column("id", sa.String(length=120), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "judge_leases",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("asker", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("judge_leases_by_asker", "judge_leases", ["asker"])
    with op.batch_alter_table("judge_batches") as batches:
        batches.add_column(
            sa.Column("mark", sa.String(length=32), nullable=False, server_default="")
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("judge_batches") as batches:
        batches.drop_column("mark")
    op.drop_index("judge_leases_by_asker", "judge_leases")
    op.drop_table("judge_leases")
    op.drop_table("judge_askers")
