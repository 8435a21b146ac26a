"""Migrations of the store, run in order by alembic."""
