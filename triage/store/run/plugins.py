"""Keeps what plugins said of themselves, so that a decision can be told without loading them."""

import time
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from triage.plugininfo import PluginInfo
from triage.store.tables.schema import plugins


def keep_plugins(
    connection: Connection, infos: Mapping[str, PluginInfo], fingerprints: Mapping[str, str]
) -> None:
    """Replace the list of plugins by the present one. Needs a transaction."""
    connection.execute(delete(plugins))
    rows = [
        {
            "name": name,
            "info": info.model_dump_json(),
            "fingerprint": fingerprints[name],
            "seen_at": time.time(),
        }
        for name, info in infos.items()
    ]
    if rows:
        connection.execute(insert(plugins), rows)


def known_plugins(connection: Connection) -> dict[str, PluginInfo]:
    """The plugins of the latest run."""
    rows = connection.execute(select(plugins.c.name, plugins.c.info).order_by(plugins.c.name))
    return {row.name: PluginInfo.model_validate_json(row.info) for row in rows}


def known_fingerprints(connection: Connection) -> dict[str, str]:
    """In which configuration each plugin of the latest run was."""
    rows = connection.execute(select(plugins.c.name, plugins.c.fingerprint))
    return {row.name: row.fingerprint for row in rows}
