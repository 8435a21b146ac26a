"""Connected projects of Label Studio."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "label_studio_projects",
        sa.Column("project", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("view", sa.String(length=8), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("connected_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("project", "made_at"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("label_studio_projects")
