"""What every record of the house has in common."""

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1
"""Version of every record form that leaves the house; raised when a form changes its meaning."""


class Record(BaseModel):
    """An immutable value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
