"""Alembic's entry: runs the migrations on the connection that the store hands it."""

from alembic import context

from triage.store import judge_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=judge_tables.METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
