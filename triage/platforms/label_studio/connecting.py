"""Connects a project of Label Studio: project, backend, webhook, and who may answer."""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Engine

from triage.errors import UsageError
from triage.platforms.label_studio.api import LabelStudio, LabelStudioError
from triage.platforms.label_studio.backend import register_backend, require_backend
from triage.platforms.label_studio.events import key_of
from triage.platforms.label_studio.forms.config import View, label_config, read_config
from triage.queue.people import admit, new_key
from triage.records import Record
from triage.store.database import writing
from triage.store.people.accounts import Role
from triage.store.people.experts import all_experts
from triage.store.people.keys import Secret, revoke_secrets
from triage.store.platforms.label_studio import Project, keep_project

_BY: Final = "label-studio connect"


_PRIVATE: Final = (
    "{host} is an address of a private network: Label Studio reaches it only when it is started "
    "with ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false in its environment; the first "
    "lets predictions through, the second the webhook."
)
_LOOPBACK: Final = (
    "In a container, a loopback address is the container itself: give --backend an address that "
    "Label Studio sees."
)


class Wish(NamedTuple):
    """What is to be connected.

    Attributes:
        project: The number of a project that is there; None for the one of this title, which is
            made if there is none.
        backend: Where Label Studio reaches `triage serve`, down to `/label-studio`.
        blind: Whether its labels are to certify, so that nothing of the machine's is shown.
        names: Experts' names by mail address; the address itself for all others.
    """

    project: int | None
    title: str
    view: View
    backend: str
    blind: bool
    names: Mapping[str, str]


class Connected(Record):
    """What was connected.

    Attributes:
        made: Whether the project is new.
        strangers: People of Label Studio whose answers are refused until they are experts.
        advice: What to mind on Label Studio's side.
    """

    project: int
    title: str
    page: str
    version: str
    view: View
    blind: bool
    made: bool
    backend: str
    account: str
    strangers: tuple[str, ...]
    advice: tuple[str, ...]


def connect(engine: Engine, client: LabelStudio, wish: Wish) -> Connected:
    """Make or check a project and its backend, so that both sides speak to each other.

    Done again it checks everything and gives the project a new key.

    Raises:
        UsageError: The project can't be used so; says what to change.
        LabelStudioError: Label Studio can't be reached, or refuses.
    """
    version = str(client.get("/api/version").get("release", "unknown"))
    require_backend(wish.backend)
    project, made = _project(client, wish)
    view = _checked(project, wish)
    key = key_of(project)
    people = {number: wish.names.get(mail, mail) for number, mail in client.people().items()}
    account = f"label-studio-{key.number}"
    with writing(engine) as connection:
        keep_project(connection, Project(key, client.url, view.value, wish.blind, people))
        admit(connection, _BY, account, (), [Role.PLATFORM])
        revoke_secrets(connection, account, Secret.KEY)
        secret = new_key(connection, _BY, account)
        experts = {one.name for one in all_experts(connection)}
    try:
        register_backend(client, key.number, wish.backend, account, secret)
    except LabelStudioError as why:
        hint = " ".join(advice(wish.backend))
        raise UsageError(f"{why}. {hint}".strip()) from why
    # predictions are shown where people are helped, and nowhere in a blind project
    shown = {"show_collab_predictions": not wish.blind}
    client.patch(f"/api/projects/{key.number}", shown)
    return Connected(
        project=key.number,
        title=project["title"],
        page=f"{client.url}/projects/{key.number}/data",
        version=version,
        view=view,
        blind=wish.blind,
        made=made,
        backend=wish.backend,
        account=account,
        strangers=tuple(sorted(set(people.values()) - experts)),
        advice=advice(wish.backend),
    )


def advice(backend: str) -> tuple[str, ...]:
    """What a backend's address needs of Label Studio's own settings."""
    host = urlsplit(backend).hostname or ""
    if not _is_private(host):
        return ()
    told = [_PRIVATE.format(host=host)]
    if _is_loopback(host):
        told.append(_LOOPBACK)
    return tuple(told)


def _project(client: LabelStudio, wish: Wish) -> tuple[Mapping[str, Any], bool]:
    number = wish.project
    if number is None:
        found = client.get("/api/projects", title=wish.title, include="id,title")["results"]
        number = next((one["id"] for one in found if one["title"] == wish.title), None)
    if number is not None:
        return client.get(f"/api/projects/{number}"), False
    body = {"title": wish.title, "label_config": label_config(wish.view, blind=wish.blind)}
    made = client.post("/api/projects", body)
    # what was just made does not tell its counts
    return client.get(f"/api/projects/{made['id']}"), True


def _checked(project: Mapping[str, Any], wish: Wish) -> View:
    if wish.blind and project.get("total_predictions_number"):
        raise UsageError(
            f"project {project['id']} has predictions, which people may have seen: a blind "
            "project is a new one, give another --title"
        )
    view = read_config(project["label_config"]).view
    if view is not wish.view:
        raise UsageError(
            f"project {project['id']} labels by {view.value}, not by {wish.view.value}: say "
            f"--view {view.value}, or give another --title"
        )
    return view


def _is_private(host: str) -> bool:
    return any(not address.is_global for address in _addresses(host))


def _is_loopback(host: str) -> bool:
    return any(address.is_loopback for address in _addresses(host))


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        # Label Studio may know the name where this machine does not
        return []
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
