"""What all tables share: where they are listed, and how their keys are written."""

from typing import Any, Final

from sqlalchemy import BigInteger, Column, Integer, MetaData

METADATA: Final = MetaData()

Key: Final = BigInteger().with_variant(Integer, "sqlite")
"""A number of 64 bits; SQLite counts up only what it calls an integer."""


def counted() -> Column[Any]:
    """A table's own key, which the database counts up."""
    return Column("key", Key, primary_key=True, autoincrement=True)


def key_of(name: str) -> Column[Any]:
    """Another table's key as a part of this one's."""
    return Column(name, Key, primary_key=True, autoincrement=False)
