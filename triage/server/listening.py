"""Takes the address to listen on before anything else is begun."""

import socket

from triage.errors import UsageError


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address; port 0 takes a free one.

    Raises:
        UsageError: Something else listens there, or it is no address of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as why:
        raise UsageError(
            f"can't listen on {host}, port {port} ({why.strerror}): stop what listens there, or "
            "name another --port; 0 takes a free one"
        ) from why
