"""Covers e-mail addresses, phone numbers, names and patterns of a team's own before text leaves."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from triage.errors import UsageError
from triage.hookspecs import hookimpl
from triage.plugininfo import PluginContext, PluginInfo
from triage.records import Redaction, SourceKind

_NAME: Final = "redact"
_KINDS: Final = {
    "email": r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])",
    "phone": (
        r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,4}"
        r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[ .-]\d{3}[ .-]\d{4})(?![\w-]|\.\d)"
    ),
}
"""What can be covered by its form alone."""
_KNOWN: Final = frozenset({"kinds", "names", "names_file", "patterns"})


@hookimpl
def triage_describe() -> PluginInfo:
    """Serve all domains; without settings it covers nothing."""
    return PluginInfo(
        name=_NAME,
        version="1.0",
        summary="Covers e-mail addresses, phone numbers and names before text leaves the machine",
        domains=("*",),
        kind=SourceKind.CHECKER,
    )


@hookimpl
def triage_redact(text: str, context: PluginContext) -> Iterator[Redaction]:
    """Name the private pieces of a text."""
    memory = context.memory
    if "rules" not in memory:
        memory["rules"] = rules(context.settings)
    for kind, rule in memory["rules"]:
        for found in rule.finditer(text):
            if found.end() > found.start():
                yield Redaction(span=found.span(), kind=kind)


def rules(settings: Mapping[str, Any]) -> list[tuple[str, re.Pattern[str]]]:
    """What the settings ask to cover, by kind.

    Raises:
        UsageError: A setting is not right: says which and what to do.
    """
    if strange := sorted(set(settings) - _KNOWN):
        known = ", ".join(sorted(_KNOWN))
        raise UsageError(f"plugin.{_NAME}.{strange[0]} is no setting; there are: {known}")
    found = []
    for kind in settings.get("kinds", ()):
        if kind not in _KINDS:
            raise UsageError(f"plugin.{_NAME}.kinds: no {kind!r}; there are: {', '.join(_KINDS)}")
        found.append((kind, re.compile(_KINDS[kind])))
    for kind, pattern in settings.get("patterns", {}).items():
        try:
            found.append((Redaction(span=(0, 1), kind=kind).kind, re.compile(pattern)))
        except (re.error, ValueError) as why:
            told = "a kind is one small word, its pattern a regular expression"
            raise UsageError(f"plugin.{_NAME}.patterns.{kind}: {told}: {why}") from why
    if names := _names(settings):
        longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        found.append(("name", re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)")))
    return found


def _names(settings: Mapping[str, Any]) -> set[str]:
    names = {str(name).strip() for name in settings.get("names", ())}
    if place := settings.get("names_file"):
        try:
            lines = Path(place).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as why:
            raise UsageError(f"plugin.{_NAME}.names_file can't be read: {why}") from why
        names |= {line.strip() for line in lines}
    return names - {""}
