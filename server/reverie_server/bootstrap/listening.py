"""Whether a server can listen where it is told to, before it makes anything."""

from __future__ import annotations

import errno
import socket

from reverie_server.bootstrap.errors import CannotStart


def require_free_port(host: str, port: int) -> None:
    """
    Raises:
        CannotStart: somebody else listens there, or this machine has no such address.
    """
    if port == 0:
        return
    bare = host.strip("[]")
    try:
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                # As gRPC does: a port that was left a moment ago is free.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"port {port} of {bare} is taken: another can be named (--port), and `reverie"
                " doctor` says whether it is another Reverie server"
            ) from error
        why = error.strerror or str(error)
        raise CannotStart(f"cannot listen on port {port} of {bare}: {why}") from error
