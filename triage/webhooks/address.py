"""Which addresses a message may go to: none on a private network, by name or by number."""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from triage.errors import UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_LONGEST: Final = 2_000


class Target(NamedTuple):
    """Where a message goes: the name that was given, and the address that was checked."""

    scheme: str
    host: str
    port: int
    address: str
    path: str


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks that the operator allows.

    Raises:
        UsageError: One of them is none.
    """
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as why:
        raise UsageError(f"webhooks.private_networks: {why}") from why


def find_target(url: str, allowed: Sequence[Network]) -> Target:
    """Resolve a URL and check every address behind its name.

    Whoever sends must connect to the address given here: asked again, the name could lead
    elsewhere.

    Raises:
        UsageError: Messages must not go there.
    """
    if len(url) > _LONGEST or not url.isprintable() or " " in url:
        raise UsageError(f"a webhook's url has at most {_LONGEST} characters and no blanks")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as why:
        raise UsageError(f"not a url: {why}") from why
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise UsageError("a webhook's url begins with https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise UsageError("a webhook's url holds no name or password: check the signature instead")
    port = port or (443 if parts.scheme == "https" else 80)
    addresses = _resolve(parts.hostname, port)
    inside = [one for one in addresses if not is_public(one)]
    if any(not any(one in net for net in allowed) for one in inside):
        raise UsageError(
            "the url leads to a private, loopback or reserved address: the operator can allow "
            "its network with webhooks.private_networks"
        )
    if parts.scheme == "http" and len(inside) < len(addresses):
        raise UsageError("plain http goes to networks in webhooks.private_networks only")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port, str(addresses[0]), path)


def is_public(address: Address) -> bool:
    """Whether an address is reached over the internet; what hides in an IPv6 one counts too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour]
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address.teredo is not None:
            inner.extend(address.teredo)
        if any(one is not None and not is_public(one) for one in inner):
            return False
    return address.is_global and not address.is_multicast


def _resolve(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as why:
        raise UsageError(f"the host {host[:200]} is not found") from why
    return [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
