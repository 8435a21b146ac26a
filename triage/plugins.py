"""Finds plugins and keeps a broken one from hurting the rest."""

import inspect
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import pluggy

from triage import hookspecs
from triage.plugininfo import PluginInfo

GROUP: Final = "triage"
"""Entry-point group in which plugins register."""
_CALLED: Final = ("propose", "check_answer", "evidence", "redact")
"""The hooks that are called in a run, without their prefix."""


@dataclass(frozen=True)
class Hook:
    """One plugin's implementation of one hook, called alone so that its failure stays its own."""

    function: Callable[..., Any]
    argnames: tuple[str, ...]

    @property
    def is_async(self) -> bool:
        """Whether calling it gives something to await."""
        return inspect.iscoroutinefunction(self.function)

    def __call__(self, **arguments: Any) -> Any:
        """Call with those of the hook's arguments that the implementation takes."""
        return self.function(**{name: arguments[name] for name in self.argnames})


@dataclass(frozen=True)
class Plugin:
    """A plugin that loaded: its description and the hooks it implements."""

    info: PluginInfo
    propose: Hook | None = None
    check_answer: Hook | None = None
    evidence: Hook | None = None
    redact: Hook | None = None
    implementation: object = None
    """What its entry point names."""

    @property
    def _called(self) -> tuple[Hook | None, ...]:
        return self.propose, self.check_answer, self.evidence

    @property
    def is_async(self) -> bool:
        """Whether it waits on a network, and so belongs in the event loop instead of a worker."""
        return any(hook.is_async for hook in self._called if hook)

    @property
    def helps_judges(self) -> bool:
        """Whether the main process needs it, for what it adds to judges' questions."""
        return self.evidence is not None or self.redact is not None

    @property
    def is_silent(self) -> bool:
        """Whether it judges neither steps nor answers itself."""
        return self.propose is None and self.check_answer is None


@dataclass(frozen=True)
class Plugins:
    """What was found: plugins that work, in order of name, and why the others do not."""

    loaded: dict[str, Plugin] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def installed(blocked: Collection[str] = ()) -> list[EntryPoint]:
    """List the entry points there are, by name, without importing any of them."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    return [found[name] for name in sorted(found) if name not in blocked]


def load(
    entries: Iterable[EntryPoint], starting: Callable[[str], None] = lambda _name: None
) -> Plugins:
    """Import and register plugins one by one; a broken one is named and left out.

    Args:
        entries: What to load.
        starting: Told each plugin's name before its code runs, so that whoever watches knows
            whom to blame if this process does not come back.
    """
    found = Plugins()
    for entry in entries:
        starting(entry.name)
        try:
            found.loaded[entry.name] = _load_one(entry)
        except (Exception, SystemExit) as why:  # noqa: BLE001 - foreign code: name it, go on
            found.broken[entry.name] = f"{type(why).__name__}: {why}"
    return found


def _load_one(entry: EntryPoint) -> Plugin:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    implementation = entry.load()
    manager.register(implementation, name=entry.name)
    manager.check_pending()
    hooks = {
        name: Hook(implementation.function, tuple(implementation.argnames))
        for name, caller in vars(manager.hook).items()
        if isinstance(caller, pluggy.HookCaller)
        for implementation in caller.get_hookimpls()
    }
    if "triage_describe" not in hooks:
        raise TypeError("it does not implement triage_describe")
    info = hooks["triage_describe"]()
    if not isinstance(info, PluginInfo):
        raise TypeError(f"triage_describe returned {type(info).__name__}, not PluginInfo")
    if info.name != entry.name:
        raise ValueError(f"it calls itself {info.name!r} but is registered as {entry.name!r}")
    if info.hook_api != hookspecs.HOOK_API:
        raise ValueError(f"it speaks hook API {info.hook_api}, this is {hookspecs.HOOK_API}")
    plugin = Plugin(
        info,
        **{name: hooks.get(f"triage_{name}") for name in _CALLED},
        implementation=implementation,
    )
    if plugin.redact is not None and plugin.redact.is_async:
        raise TypeError("triage_redact is a coroutine function, but must not wait on a network")
    return plugin
