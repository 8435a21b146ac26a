"""Alembic's entry: runs the migrations on the connection that the store hands it."""

from alembic import context

from triage.store import job_tables as _job_tables  # noqa: F401 - known to the metadata by being read
from triage.store.judge_tables import judge_answers
from triage.store.platform_tables import label_studio_projects as _read_for_the_metadata  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=judge_answers.metadata,  # all tables share it
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
