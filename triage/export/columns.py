"""The columns of an export, so that every row of a file has one form."""

from enum import Enum, auto
from typing import NamedTuple


class Kind(Enum):
    """What a column holds; the plural ones hold a list. Any value may be null."""

    TEXT = auto()
    NUMBER = auto()
    FLOAT = auto()
    FLAG = auto()
    TEXTS = auto()
    NUMBERS = auto()
    FLOATS = auto()
    FLAGS = auto()
    JSON = auto()
    """Nested: an object or list in JSON Lines, its JSON text in Parquet."""


class Column(NamedTuple):
    """A named column."""

    name: str
    kind: Kind
