"""What every record of the house has in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = 1
"""Version of every record form that leaves the house; raised when a form changes its meaning."""

Dollars = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
"""A sum of US dollars that may be spent; no limit is no sum, and is None."""


class Record(BaseModel):
    """An immutable value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
