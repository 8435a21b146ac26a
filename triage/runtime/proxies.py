"""Which proxy lies between this machine and an address: it sees where data goes, or the data."""

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from triage.runtime.masking import masked


def proxy_to(url: str) -> str | None:
    """The proxy that the environment names for a URL, without its password; None if there is none.

    The SDKs of the providers heed the same variables: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
    `NO_PROXY`.
    """
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return masked(proxy) if proxy else None
