"""Reads rubric files: a domain is `FOLDER/rubric.toml` next to the prompt it names, no Python."""

import tomllib
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable

from pydantic import Field, ValidationError

from triage.errors import InputError
from triage.records import Record

_FILE = "rubric.toml"


class Rubric(Record):
    """A domain without Python.

    Attributes:
        domains: The domain words it serves.
        prompt: The name of its prompt, with or without a version.
    """

    name: str = Field(min_length=1)
    domains: tuple[str, ...] = Field(min_length=1)
    summary: str
    credential: str | None = None
    prompt: str = Field(min_length=1)


def read_rubric(place: Traversable) -> Rubric:
    """The rubric in a file.

    Raises:
        InputError: It is not right; says what is wrong.
    """
    try:
        return Rubric.model_validate(tomllib.loads(place.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"the rubric {place}: {where}: {first['msg']}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"the rubric {place} is no TOML: {error}") from error


def rubrics_in(folders: Iterable[Traversable]) -> Iterator[Rubric]:
    """The rubrics in the folders below some folders, in their order.

    Raises:
        InputError: One is not right; says what is wrong.
    """
    for folder in folders:
        for entry in sorted(folder.iterdir(), key=lambda one: one.name):
            if entry.is_dir() and (place := entry.joinpath(_FILE)).is_file():
                yield read_rubric(place)
