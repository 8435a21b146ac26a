"""The version under which predictions go out: a hash of prompts, plugins and the ranker in use."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from triage.configuration.settings import Settings
from triage.platforms.opinions import Told
from triage.plugininfo import PluginInfo
from triage.records import SourceKind
from triage.store.run.models import latest_model
from triage.store.run.plugins import known_fingerprints, known_plugins


class Version(NamedTuple):
    """What stands behind the predictions that are made now.

    Attributes:
        name: Changes when a prompt, a plugin, its settings or the ranker does.
        fingerprints: The present configuration of each plugin.
        model_at: When the ranker in use was kept, in Unix seconds; 0 without one.
    """

    name: str
    plugins: Mapping[str, PluginInfo]
    fingerprints: Mapping[str, str]
    model_at: float

    def made(self, told: Told) -> bool:
        """Whether what is known of a trace was said by the plugins as they are now.

        A judge's plugin that has said nothing may have had nobody to ask.
        """
        spoken = told.fingerprints
        return bool(told.opinions) and all(
            spoken.get(name) == self.fingerprints[name]
            or (info.kind is SourceKind.JUDGE and name not in spoken)
            for name, info in self.plugins.items()
            if info.serves(told.domain)
        )


def version_in_use(connection: Connection, settings: Settings) -> Version:
    """The version of the latest run's plugins with the ranker in use."""
    blocked = settings.plugins.blocked
    plugins = {
        name: info for name, info in known_plugins(connection).items() if name not in blocked
    }
    prints = known_fingerprints(connection)
    fingerprints = {name: prints[name] for name in plugins}
    model = latest_model(connection)
    content = [sorted(fingerprints.items()), model.version if model else None]
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    return Version(f"triage-{digest[:12]}", plugins, fingerprints, model.at if model else 0.0)
