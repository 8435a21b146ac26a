"""A step's place in the queue, kept where the queue is read."""

import math
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_AGEING = 259_200.0
_SMALLEST = 1e-9
_CHUNK = 10_000
_ASKED: dict[str, Any] = {
    "sqlite_where": sa.text("settled = 0 AND action IN ('ask', 'audit')"),
    "postgresql_where": sa.text("NOT settled AND action IN ('ask', 'audit')"),
}


def upgrade() -> None:
    """Go forward."""
    op.add_column("steps", sa.Column("turn", sa.Float(), nullable=True))
    _fill()
    op.drop_index("steps_by_urgency", "steps")
    with op.batch_alter_table("steps") as table:
        table.alter_column("turn", existing_type=sa.Float(), nullable=False)
    op.create_index("steps_by_turn", "steps", ["turn", "trace", "step"], **_ASKED)
    op.create_index("steps_by_domain", "steps", ["domain", "turn", "trace", "step"], **_ASKED)
    op.create_index("leases_by_expert", "leases", ["expert"])
    op.drop_index("offers_by_expert", "offers")
    op.create_index("offers_by_expert", "offers", ["expert", "made_at"])


def _fill() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT s.trace, s.step, s.priority, t.added_at FROM steps s "
            "JOIN traces t ON t.key = s.trace"
        )
    ).all()
    change = sa.text("UPDATE steps SET turn = :turn WHERE trace = :trace AND step = :step")
    for start in range(0, len(rows), _CHUNK):
        places = [
            {"trace": trace, "step": step,
             "turn": added_at / _AGEING - math.log2(max(priority, _SMALLEST))}
            for trace, step, priority, added_at in rows[start : start + _CHUNK]
        ]  # fmt: skip
        connection.execute(change, places)
