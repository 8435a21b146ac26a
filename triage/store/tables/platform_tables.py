"""The tables of what other labelling tools are connected."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, String, Table, Text

from triage.store.tables.columns import METADATA

label_studio_projects: Final = Table(
    "label_studio_projects",
    METADATA,
    Column("project", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Integer, primary_key=True, autoincrement=False),
    Column("url", Text, nullable=False),
    Column("view", String(8), nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("people", Text, nullable=False),
    Column("connected_at", Float, nullable=False),
)
"""Connected projects of Label Studio, told apart by number and second of making.

`people` maps the platform's user ids to experts' names, as JSON.
"""

label_studio_waiting: Final = Table(
    "label_studio_waiting",
    METADATA,
    Column("project", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Integer, primary_key=True, autoincrement=False),
    Column("task", BigInteger, primary_key=True, autoincrement=False),
)
"""Tasks whose predictions are yet to be pushed. Their texts are not kept: Label Studio has them."""
