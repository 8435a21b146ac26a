"""Settings from the command line, the environment and a file, each knowing where it came from."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError

from triage.errors import UsageError
from triage.records import Probability, Record
from triage.segment import Granularity

FILE: Final = "triage.toml"
PREFIX: Final = "TRIAGE_"


class SegmentSettings(Record):
    """How unsegmented text is cut into steps, by domain."""

    default: Granularity = Granularity.AUTO
    domains: dict[str, Granularity] = Field(default_factory=dict)


class RouteSettings(Record):
    """When a step is clear."""

    clear_risk: Probability = Field(
        default=0.2,
        description="highest predicted risk at which an undisputed step is clear",
    )


class PluginSettings(Record):
    """How plugins are run."""

    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, description="worker processes"
    )
    deadline_seconds: float = Field(
        default=10.0, gt=0, description="time a plugin has for a trace before it is killed"
    )
    network_deadline_seconds: float = Field(
        default=120.0, gt=0, description="time a plugin that waits on a network has for a step"
    )
    memory_mb: int = Field(
        default=4096, ge=256, description="address space of a worker process, in MiB"
    )
    blocked: tuple[str, ...] = Field(default=(), description="plugins that are not loaded")


class IngestSettings(Record):
    """What the reader takes and what it refuses."""

    label_map: str = Field(default="", description='foreign label words, "+1=necessary,..."')


class Settings(Record):
    """Everything that can be configured.

    Attributes:
        plugin: Each plugin's own table, handed to it unread.
    """

    db: str = Field(default="sqlite:///triage.db", description="the store, as a database URL")
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    segment: SegmentSettings = Field(default_factory=SegmentSettings)
    plugins: PluginSettings = Field(default_factory=PluginSettings)
    route: RouteSettings = Field(default_factory=RouteSettings)
    plugin: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Configured(Record):
    """Settings with the origin of every value that is not a default, by dotted name."""

    settings: Settings
    origins: dict[str, str]


def configure(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    command_line: Mapping[str, Any] | None = None,
) -> Configured:
    """Read the settings: the command line over the environment over the file over defaults.

    Args:
        file: A TOML file that must exist; if None, `triage.toml` of the working folder, if any.
        command_line: Dotted names with values; None means not given.

    Raises:
        UsageError: The file can't be read, or a value is unknown or amiss.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    found = file or Path(FILE)
    if file is not None or found.exists():
        _lay(values, origins, _flat(_parse(found)), str(found))
    names = {PREFIX + name.upper().replace(".", "_"): name for name in _names()}
    given = {names[key]: text for key, text in environment.items() if key in names}
    _lay(values, origins, given, "environment")
    given_here = {k: v for k, v in (command_line or {}).items() if v is not None}
    _lay(values, origins, given_here, "command line")
    try:
        return Configured(settings=Settings.model_validate(values), origins=origins)
    except ValidationError as why:
        problem = why.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        place = origins.get(name, str(found))
        raise UsageError(f"setting {name!r} from {place}: {problem['msg']}") from why


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise UsageError(f"can't read the settings in {file}: {why}") from why


def _names() -> list[str]:
    """Dotted names of the settings that the environment can give."""
    names = []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, Record):
            names += [f"{name}.{inner}" for inner in section.model_fields]
        elif name != "plugin":
            names.append(name)
    return names


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _lay(
    values: dict[str, Any], origins: dict[str, str], given: Mapping[str, Any], origin: str
) -> None:
    for name, value in given.items():
        *path, last = name.split(".")
        table = values
        for part in path:
            table = table.setdefault(part, {})
        lists = name == "plugins.blocked" and isinstance(value, str)
        table[last] = [one for one in value.split(",") if one] if lists else value
        origins[name] = origin
