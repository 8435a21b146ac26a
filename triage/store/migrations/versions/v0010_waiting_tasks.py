"""Tasks of Label Studio whose predictions are yet to be pushed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "label_studio_waiting",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("project", "made_at", "task"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("label_studio_waiting")
