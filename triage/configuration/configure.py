"""Reads the settings: the command line over the environment over a file over defaults."""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from triage.configuration.panelwords import judges_in_short
from triage.configuration.settings import PREFIX, Setting, Settings, known_settings
from triage.errors import UsageError
from triage.records import Record
from triage.runtime.masking import masked_value

FILE: Final = "triage.toml"
COMMAND_LINE: Final = "command line"

_TYPO: Final = 0.8
"""How alike a foreign environment variable and ours must be for it to be a slip of the pen."""


class Configured(Record):
    """Settings with the origin of every value that is not a default, by dotted name.

    Attributes:
        file: The settings file that was read, if any.
        foreign: Environment variables that begin like ours and are none.
    """

    settings: Settings
    origins: dict[str, str]
    file: Path | None = None
    foreign: tuple[str, ...] = ()


def configure(
    *,
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    command_line: Mapping[str, Any] | None = None,
) -> Configured:
    """Read the settings.

    In the environment a list is written `a,b` and a table `key=value,key=value`.

    Args:
        file: A TOML file that must exist; if None, `triage.toml` of the working folder, if any.
        command_line: Dotted names with values; None means not given.

    Raises:
        UsageError: The file can't be read, or a name is unknown or a value amiss; the message
            names each one, where it was given, and the nearest name that exists.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if file is None and Path(FILE).exists():
        file = Path(FILE)
    if file is not None:
        _lay(values, origins, _parse(file), str(file))
    variables = {one.variable: one for one in known_settings() if one.variable}
    foreign = []
    for variable in sorted(name for name in environment if name.startswith(PREFIX)):
        if variable in variables:
            setting = variables[variable]
            given = _tables(setting.name, _value(setting, variable, environment[variable]))
            _lay(values, origins, given, f"environment ({variable})")
        else:
            _refuse_typo(variable, variables)
            foreign.append(variable)
    for name, value in (command_line or {}).items():
        if value is not None:
            _lay(values, origins, _tables(name, value), COMMAND_LINE)
    _lay_panel(values, origins)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as why:
        problems = [_problem(dict(one), origins) for one in why.errors()]
        raise UsageError("; ".join(problems)) from why
    return Configured(settings=settings, origins=origins, file=file, foreign=tuple(foreign))


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as why:
        raise UsageError(f"can't read the settings in {file}: {why.strerror}") from why
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise UsageError(f"can't read the settings in {file}: not TOML: {why}") from why


def _tables(name: str, value: Any) -> dict[str, Any]:
    for part in reversed(name.split(".")):
        value = {part: value}
    table: dict[str, Any] = value
    return table


def _value(setting: Setting, variable: str, text: str) -> Any:
    if setting.form is None:
        return text
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if setting.form is tuple:
        return parts
    pairs = [part.partition("=") for part in parts]
    if not all(equals for _, equals, _ in pairs):
        raise UsageError(f"{variable} should look like name={setting.kind.split()[-1]},...")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _lay(
    values: dict[str, Any],
    origins: dict[str, str],
    given: Mapping[str, Any],
    origin: str,
    prefix: str = "",
) -> None:
    """Lay a layer over what is there: tables are merged, everything else is replaced."""
    for key, value in given.items():
        name = prefix + key
        if isinstance(value, dict) and isinstance(values.get(key, {}), dict):
            _lay(values.setdefault(key, {}), origins, value, origin, f"{name}.")
        else:
            values[key] = value
            origins[name] = origin


def _lay_panel(values: dict[str, Any], origins: dict[str, str]) -> None:
    """Write the judges of `panel` out as tables, under those that have one of their own."""
    listed = values.get("panel", ())
    if not isinstance(listed, list):
        return  # told with all else that is amiss
    own = values.get("judges", {})
    tables = judges_in_short(one for one in listed if isinstance(one, str))
    for name, table in tables.items():
        missing = {key: value for key, value in table.items() if key not in own.get(name, {})}
        _lay(values, origins, {"judges": {name: missing}}, origins["panel"])


def _refuse_typo(variable: str, variables: Mapping[str, Setting]) -> None:
    # variables of other programs may begin like ours: only what is nearly ours is refused
    names = {one.removeprefix(PREFIX): one for one in variables}
    near = get_close_matches(variable.removeprefix(PREFIX), names, n=1, cutoff=_TYPO)
    if near:
        raise UsageError(f"{variable} is no setting: did you mean {names[near[0]]}?")


def _problem(error: Mapping[str, Any], origins: Mapping[str, str]) -> str:
    path = tuple(str(part) for part in error["loc"] if part != "[key]")
    name = ".".join(path)
    origin = _origin(path, origins)
    if error["type"] == "extra_forbidden":
        known = {one.name for one in known_settings()}
        known |= {one.rpartition(".")[0] for one in known if "." in one}
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`triage doctor` lists those there are"
        return f"unknown setting {name!r} in {origin}: {hint}"
    value = masked_value(name, error["input"])
    said = str(error["msg"]).replace("Input should", "it should")
    meaning = next((f" ({one.meaning})" for one in known_settings() if one.name == name), "")
    return f"setting {name!r} from {origin} is {value!r}: {said}{meaning}"


def _origin(path: tuple[str, ...], origins: Mapping[str, str]) -> str:
    for end in range(len(path), 0, -1):
        name = ".".join(path[:end])
        for known, origin in origins.items():
            if known == name or known.startswith(f"{name}."):
                return origin
    return "the settings"
