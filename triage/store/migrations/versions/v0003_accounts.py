"""Accounts, their secrets, the audit log, and what the desk laid before whom."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "accounts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("added_at", sa.Float(), nullable=False),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "secrets",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=True),
        sa.Column("revoked_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("secrets_by_name", "secrets", ["name", "kind"])

    op.create_table(
        "audit",
        sa.Column("key", _KEY, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("audit_by_time", "audit", ["at"])
    for statement in _FIXED[op.get_bind().dialect.name]:
        op.execute(statement)

    op.create_table(
        "offers",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("trace", _KEY, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("answer_id", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("revealed_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("token"),
        sa.UniqueConstraint("answer_id"),
    )
    op.create_index("offers_by_step", "offers", ["trace", "step", "expert"])
    op.create_index("offers_by_expert", "offers", ["expert", "ended_at"])

    op.create_table(
        "flags",
        sa.Column("trace", _KEY, autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("expert", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("trace", "step", "expert"),
    )
    some = sa.text("withdraws IS NOT NULL")
    op.create_index(
        "verdicts_by_withdrawn",
        "verdicts",
        ["withdraws"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_index("steps_by_urgency", "steps", ["settled", "priority"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("steps_by_urgency", "steps")
    op.drop_index("verdicts_by_withdrawn", "verdicts")
    op.drop_table("flags")
    op.drop_table("offers")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_fixed")
    op.drop_table("secrets")
    op.drop_table("accounts")


_SAID = "the audit log is only added to"
_FIXED = {
    "sqlite": [
        (
            f"CREATE TRIGGER audit_no_{word} BEFORE {word} ON audit "
            f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )
        for word in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        (
            "CREATE FUNCTION audit_is_fixed() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$"
        ),
        (
            "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_fixed()"
        ),
    ],
}
