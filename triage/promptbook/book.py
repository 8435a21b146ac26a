"""Finds, renders and fingerprints versioned prompt files.

A prompt file is Markdown with a TOML header between two `+++` lines. Its name ends in its version
(`medical/step_judge.v1.md`); a version that was used is never changed, a better one is a new file.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field, ValidationError

from triage.errors import InputError, MissingExtraError, UsageError
from triage.promptbook.rubrics import Rubric, rubrics_in
from triage.records import Record

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_CUT: Final = re.compile(r"\{\{-?\s*cut\s*-?\}\}")
"""Where a frame is parted: before it stands what a judge is told, after it what it is shown."""
_SIGN: Final = "\x1e"
"""Parts what a judge is shown. A control sign: text of a trace cannot hold it, because
`triage.judging.questions.fence` removes control signs."""
_SHAPE: Final = ("whole", "covered", "passages", "reference")
"""Inputs that what a judge is told may depend on, as far as whether they are there."""


class Header(Record):
    """What a prompt file says of itself.

    Attributes:
        inputs: The names it is rendered with, each with its meaning.
        changes: What changed against the version before.
        error_kinds: The words for kinds of error a judge may use, each with its meaning.
        severities: The words for how much an error matters, each with its meaning; a judge is asked
            for one only where there are any.
    """

    purpose: str = Field(min_length=1)
    inputs: dict[str, str] = Field(default_factory=dict)
    output: str = Field(min_length=1)
    changes: str = Field(min_length=1)
    error_kinds: dict[str, str] = Field(default_factory=dict)
    severities: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class PromptFile:
    """One version of a prompt.

    Attributes:
        name: Its path without the suffix: `medical/step_judge.v1`.
        sha256: Hash of the file and of every file that it is built on.
    """

    name: str
    header: Header
    text: str
    sha256: str
    told: "Template"
    shown: "Template"

    @cached_property
    def id(self) -> str:
        """Name and hash, as proposals carry them."""
        return f"{self.name}@sha256:{self.sha256[:16]}"

    def render(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """The prompt's messages, system first; inputs are data, nothing in them is executed.

        The system message is rendered without any text of a trace, so that it can hold none.

        Raises:
            UsageError: An input that the prompt needs is missing.
        """
        shape = tuple(bool(inputs.get(name)) for name in _SHAPE)
        if shape not in self._systems:
            known = dict(zip(_SHAPE, shape, strict=True))
            hint = f" (before {{{{ cut }}}} there is only whether {', '.join(_SHAPE)} hold)"
            self._systems[shape] = self._rendered(self.told, known, hint).strip()
        parts = self._rendered(self.shown, inputs, "").split(_SIGN)
        return self._systems[shape], *(part.strip() for part in parts)

    @cached_property
    def _systems(self) -> dict[tuple[bool, ...], str]:
        return {}

    def _rendered(self, template: "Template", inputs: Mapping[str, Any], hint: str) -> str:
        from jinja2 import TemplateError

        words = {"error_kinds": self.header.error_kinds, "severities": self.header.severities}
        try:
            return template.render(inputs, cut=_SIGN, **words)
        except TemplateError as error:
            raise UsageError(f"prompt {self.name} cannot be rendered: {error}{hint}") from error


class PromptBook:
    """The prompts in the package and in folders of one's own, which come first.

    Args:
        folders: Where to look before the package's own prompts.
    """

    def __init__(self, folders: Iterable[Traversable] = ()) -> None:
        self._roots = (*folders, packaged())
        self._known: dict[str, PromptFile] = {}

    def names(self) -> tuple[str, ...]:
        """The names of all prompt versions, sorted."""
        return tuple(sorted({name for root in self._roots for name in _names(root, "")}))

    def get(self, name: str) -> PromptFile:
        """The prompt of this name, `folder/file.vN`, or the newest version of `folder/file`.

        Raises:
            UsageError: There is no such prompt.
            InputError: The file's header is not right; says what is wrong.
        """
        if name not in self._known:
            self._known[name] = self._read(self._version_of(name))
        return self._known[name]

    @cached_property
    def rubrics(self) -> tuple[Rubric, ...]:
        """The domains that are rubric files, those in one's own folders first.

        Raises:
            InputError: A rubric file is not right; says what is wrong.
        """
        return tuple(rubrics_in(self._roots))

    def prompt_for(self, domain: str) -> str | None:
        """The name of the prompt of a domain that is a rubric file; None if it is none."""
        return next((one.prompt for one in self.rubrics if domain in one.domains), None)

    def digest(self) -> str:
        """Hash of all prompts and rubrics there are, with the prompts' names."""
        digest = hashlib.sha256("".join(one.model_dump_json() for one in self.rubrics).encode())
        for name in self.names():
            digest.update(f"{name}\0{self._source(name)}\0".encode())
        return digest.hexdigest()

    def _version_of(self, name: str) -> str:
        found = self.names()
        if name in found:
            return name
        versions = [n for n in found if n.rpartition(".v")[0] == name]
        if not versions:
            raise UsageError(f"no prompt {name!r} here; there are: {', '.join(found)}")
        return max(versions, key=lambda n: int(n.rpartition(".v")[2]))

    def _read(self, name: str) -> PromptFile:
        from jinja2 import TemplateError

        header, text = _split(name, self._source(name))
        try:
            built_on = sorted(self._built_on(name, set()))
            sources = [self._source(one) for one in built_on]
            if not any(map(_CUT.search, sources)):
                raise InputError(
                    f"prompt {name}: put {{{{ cut }}}} between what the judge is told and what it "
                    'is shown of the trace, or build it on a frame that does: {% extends "..." %}'
                )
            # all of them now: they are kept as hashed, whatever the files do
            told, shown = (
                {one: made.get_template(one) for one in built_on} for made in self._environments
            )
        except TemplateError as error:
            raise InputError(f"prompt {name} is no proper template: {error}") from error
        digest = hashlib.sha256("".join(sources).encode())
        return PromptFile(name, header, text, digest.hexdigest(), told[name], shown[name])

    def _built_on(self, name: str, seen: set[str]) -> set[str]:
        from jinja2 import meta

        if name not in seen:
            seen.add(name)
            tree = self._environments[0].parse(_split(name, self._source(name))[1])
            for other in meta.find_referenced_templates(tree):
                if other is not None:
                    self._built_on(other, seen)
        return seen

    def _source(self, name: str) -> str:
        for root in self._roots:
            place = root.joinpath(f"{name}.md")
            if place.is_file():
                return place.read_text(encoding="utf-8")
        raise UsageError(f"no prompt {name!r} here")

    @cached_property
    def _environments(self) -> tuple["Environment", "Environment"]:
        """For what a judge is told, and for what it is shown: the two sides of the first cut."""
        try:
            from jinja2 import FunctionLoader, StrictUndefined
            from jinja2.sandbox import ImmutableSandboxedEnvironment
        except ImportError as missing:
            raise MissingExtraError("prompts", "judges") from missing

        def side(last: int) -> FunctionLoader:
            def load(name: str) -> str:
                return _CUT.split(_split(name, self._source(name))[1], maxsplit=1)[last]

            return FunctionLoader(load)

        told = ImmutableSandboxedEnvironment(
            loader=side(0),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            # prompts are plain text for a model, not a page; fences keep data in its place
            autoescape=False,
        )
        return told, told.overlay(loader=side(-1))


def book_of(folders: Sequence[str]) -> PromptBook:
    """The prompts in the package and in folders that are configured.

    Raises:
        UsageError: A folder is not there.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise UsageError(f"prompts: there is no folder {folder}")
    return PromptBook([Path(folder) for folder in folders])


def packaged() -> Traversable:
    """The folder of the package's own prompts."""
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").is_file():
        # in a checkout the folder stands beside the package, and may be newer
        return checkout / "prompts"
    return files("triage.prompts")


def _names(folder: Traversable, prefix: str) -> Iterable[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _names(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".md") and entry.name[:-3].rpartition(".v")[2].isdigit():
            yield f"{prefix}{entry.name[:-3]}"


def _split(name: str, source: str) -> tuple[Header, str]:
    parts = source.split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise InputError(f"prompt {name}: it must begin with a TOML header between +++ lines")
    try:
        return Header.model_validate(tomllib.loads(parts[1])), parts[2]
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(f"prompt {name}: its header is not right: {error}") from error
