"""Reads rubric files: `FOLDER/rubric.toml` next to the prompt it names."""

import tomllib
from importlib.resources.abc import Traversable

from pydantic import Field, ValidationError

from triage.errors import InputError
from triage.promptbook import packaged
from triage.records import Record


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
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"rubric {place.name}: {error}") from error


def shipped() -> tuple[Rubric, ...]:
    """The rubrics that come with the package's prompts."""
    folders = (entry for entry in packaged().iterdir() if entry.is_dir())
    places = (folder.joinpath("rubric.toml") for folder in folders)
    found = [read_rubric(place) for place in places if place.is_file()]
    return tuple(sorted(found, key=lambda rubric: rubric.name))
