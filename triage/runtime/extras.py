"""The optional parts of the distribution: what they are for and whether they are there."""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from triage.records import Record

DISTRIBUTION: Final = "steptriage"
CORE: Final = ("click", "orjson", "pebble", "pluggy", "pydantic", "scipy", "sqlalchemy")
"""Libraries whose version a report of a fault should name."""

PURPOSES: Final = {
    "math": "checking arithmetic, algebra, units and answers, clinical figures too",
    "logic": "checking inferences with a solver",
    "legal": "reading citations of cases",
    "judges": "asking panels of LLM judges",
    "parquet": "reading and writing Parquet",
    "ranking": "learning from expert labels how to rank steps",
    "postgres": "a store on PostgreSQL",
    "client": "calling the REST API from Python",
    "server": "the REST API and the experts' page",
    "report": "the lead's page with plots",
}
"""What each extra is for; those that only gather others are not listed."""

_REQUIREMENT: Final = re.compile(r"([A-Za-z0-9][\w.-]*)[^;]*;.*\bextra\s*==\s*['\"]([\w-]+)['\"]")


class Extra(Record):
    """One optional part; it is there if nothing is missing."""

    name: str
    purpose: str
    libraries: dict[str, str]
    missing: tuple[str, ...]


@cache
def extras() -> tuple[Extra, ...]:
    """The extras with the versions of what is installed; none where only the source is there."""
    needed: dict[str, list[str]] = {}
    try:
        requirements = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return ()
    for requirement in requirements:
        if match := _REQUIREMENT.match(requirement):
            needed.setdefault(match[2], []).append(match[1])
    return tuple(
        Extra(
            name=name,
            purpose=purpose,
            libraries={one: found for one in needed[name] if (found := version_of(one))},
            missing=tuple(one for one in needed[name] if not version_of(one)),
        )
        for name, purpose in PURPOSES.items()
        if name in needed
    )


def version_of(distribution: str) -> str | None:
    """The version of an installed distribution; None if it is not there."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
