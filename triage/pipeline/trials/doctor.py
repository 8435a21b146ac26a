"""Examines an installation: what is configured, what is missing, where data can go, what to do."""

import asyncio
import os
import platform
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from triage import __version__
from triage.configuration.configure import Configured, configure
from triage.configuration.settings import Settings, known_settings
from triage.errors import MissingExtraError, TriageError, UsageError
from triage.judging import Judge, read_panel
from triage.judging.checking import check_all
from triage.pipeline.judges import amiss_in_choices, private_in
from triage.pipeline.trials.destinations import Destination, destinations
from triage.pipeline.trials.survey import Status, Surveyed, survey
from triage.plugins import installed, load
from triage.promptbook import book_of
from triage.records import Record
from triage.runtime.extras import CORE, Extra, extras, version_of
from triage.runtime.masking import masked, masked_value
from triage.store.database import NEWEST
from triage.store.look import Look, file_of, look

_DEFAULT: Final = "default"


class SettingValue(Record):
    """A setting as it is in force; secrets are hidden."""

    name: str
    value: Any
    origin: str


class StoreState(Record):
    """The store, which is only looked at; `url` holds no password."""

    url: str
    exists: bool
    revision: str | None = None
    newest: str = NEWEST
    traces: int | None = None
    webhooks: tuple[str, ...] = ()


class Advice(Record):
    """Something amiss and what to do about it; `broken` if what is configured can't work."""

    problem: str
    do: str
    broken: bool


class Report(Record):
    """Everything that an examination found."""

    version: str
    python: str
    system: str
    libraries: dict[str, str | None]
    settings_file: Path | None
    settings: tuple[SettingValue, ...]
    extras: tuple[Extra, ...]
    store: StoreState
    plugins: tuple[Surveyed, ...]
    destinations: tuple[Destination, ...]
    advice: tuple[Advice, ...]

    @property
    def usable(self) -> bool:
        """Whether nothing that is configured is broken."""
        return not any(one.broken for one in self.advice)


def examine(file: Path | None = None, db: str | None = None) -> Report:
    """Examine the installation as a command started with these options would find it.

    Nothing is made or changed. Settings that can't be read are told as broken, and the rest is
    examined with the defaults.
    """
    advice: list[Advice] = []
    try:
        configured = configure(file=file, command_line={"db": db})
    except UsageError as why:
        configured = Configured(settings=Settings(db=db or Settings().db), origins={})
        do = "mend the setting; until then everything below is told with the defaults"
        advice.append(Advice(problem=str(why), do=do, broken=True))
    settings = _with_prompts(configured.settings, advice)
    store = _store(settings.db, advice)
    plugins = _plugins(settings, advice)
    advice += _about_names(configured, plugins)
    panel = _panel(settings, advice)
    advice += (
        Advice(problem=why, do="mend it: see docs/judges.md", broken=True)
        for why in amiss_in_choices(settings)
    )
    redactors = _redactors(settings, plugins, advice)
    return Report(
        version=__version__,
        python=f"{platform.python_version()} ({sys.executable})",
        system=platform.platform(),
        libraries={name: version_of(name) for name in CORE},
        settings_file=configured.file,
        settings=tuple(_settings(configured)),
        extras=extras(),
        store=store,
        plugins=plugins,
        destinations=tuple(destinations(plugins, panel, settings, redactors, store.webhooks)),
        advice=tuple(advice),
    )


def _settings(configured: Configured) -> Iterator[SettingValue]:
    everything = configured.settings.model_dump(mode="json")
    for setting in known_settings():
        value: Any = everything
        for part in setting.name.split("."):
            value = value[part]
        for name, one in _leaves(setting.name, value):
            origin = configured.origins.get(name, _DEFAULT)
            yield SettingValue(name=name, value=masked_value(name, one), origin=origin)


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(f"{name}.{key}", one)
    else:
        yield name, value


def _with_prompts(settings: Settings, advice: list[Advice]) -> Settings:
    """The settings, without the prompt folders if what is in them cannot be used."""
    if not settings.prompts:
        return settings
    try:
        book = book_of(settings.prompts)
        for name in {*book.names(), *(one.prompt for one in book.rubrics)}:
            book.get(name)
    except MissingExtraError:
        return settings  # told where it is needed
    except TriageError as why:
        advice.append(Advice(problem=str(why), do="mend it: see docs/judges.md", broken=True))
        return settings.model_copy(update={"prompts": ()})
    return settings


def _store(url: str, advice: list[Advice]) -> StoreState:
    try:
        seen = look(url)
    except TriageError as why:
        do = "correct `db`, or see that the database is up and lets you in"
        advice.append(Advice(problem=str(why), do=do, broken=True))
        return StoreState(url=masked(url), exists=False)
    advice += _about_store(url, seen)
    return StoreState(
        url=masked(url),
        exists=seen.exists,
        revision=seen.revision,
        traces=seen.traces,
        webhooks=seen.webhooks,
    )


def _about_store(url: str, seen: Look) -> Iterator[Advice]:
    file = file_of(url)
    if file is not None and not os.access(file if file.exists() else file.parent, os.W_OK):
        do = "name another place with --db or TRIAGE_DB, or make this one writable"
        yield Advice(problem=f"can't write the store {file}", do=do, broken=True)
    if seen.revision is not None and seen.revision > NEWEST:
        problem = f"the store is at schema {seen.revision}, this version knows {NEWEST}"
        yield Advice(problem=problem, do="use the version of triage that made it", broken=True)
    elif seen.revision is not None and seen.revision < NEWEST:
        problem = f"the store is at schema {seen.revision}, the newest is {NEWEST}"
        do = "keep a copy; the next command that opens it brings it up to date"
        yield Advice(problem=problem, do=do, broken=False)


def _plugins(settings: Settings, advice: list[Advice]) -> tuple[Surveyed, ...]:
    try:
        plugins = survey(settings)
    except TriageError as why:
        do = "raise plugins.memory_mb, or find out what kills the processes"
        advice.append(Advice(problem=str(why), do=do, broken=True))
        return ()
    advice += (_about_broken(one) for one in plugins if one.status is Status.BROKEN)
    if not plugins:
        do = "install steptriage itself, not only its source: it brings plugins"
        advice.append(Advice(problem="no plugin is installed", do=do, broken=True))
    return plugins


def _about_broken(plugin: Surveyed) -> Advice:
    why = plugin.why or ""
    lacking = [extra.name for extra in extras() if extra.missing and extra.name == plugin.name]
    if lacking and "ModuleNotFoundError" in why:
        do = f"pip install 'steptriage[{lacking[0]}]'"
    else:
        do = f"tell the author of {plugin.package}, or add {plugin.name!r} to plugins.blocked"
    return Advice(problem=f"plugin {plugin.name} is broken: {why}", do=do, broken=True)


def _about_names(configured: Configured, plugins: tuple[Surveyed, ...]) -> Iterator[Advice]:
    settings = configured.settings
    names = [one.name for one in plugins]
    for place, given in (
        ("plugins.blocked", settings.plugins.blocked),
        ("plugin", settings.plugin),
    ):
        for name in given:
            if plugins and name not in names:
                near = get_close_matches(name, names, n=1)
                do = f"did you mean {near[0]!r}?" if near else "remove it, or install the plugin"
                problem = f"{place} names {name!r}, but no such plugin is installed"
                yield Advice(problem=problem, do=do, broken=False)
    for variable in configured.foreign:
        problem = f"the environment variable {variable} is no setting"
        do = "nothing, if another program reads it; the settings' names are listed above"
        yield Advice(problem=problem, do=do, broken=False)


def _panel(settings: Settings, advice: list[Advice]) -> tuple[Judge, ...]:
    try:
        panel = read_panel(settings.judges)
    except UsageError as unusable:
        advice.append(Advice(problem=str(unusable), do="mend it: see docs/judges.md", broken=True))
        return ()
    for judge, wrong, do in asyncio.run(check_all(panel)) if panel else ():
        problem = f"the judge {judge.name} can't be asked: {wrong}"
        advice.append(Advice(problem=problem, do=do, broken=True))
    return panel


def _redactors(
    settings: Settings, plugins: tuple[Surveyed, ...], advice: list[Advice]
) -> tuple[str, ...]:
    """The redactors that cover something by the settings, tried out on nothing."""
    names = {one.name for one in plugins if one.helps_judges}
    found = load(entry for entry in installed() if entry.name in names).loaded
    try:
        private_in(found, settings)
    except UsageError as why:
        advice.append(Advice(problem=str(why), do="mend the setting or the plugin", broken=True))
    return tuple(
        name
        for name, plugin in sorted(found.items())
        if plugin.redact is not None and settings.plugin.get(name)
    )
