"""What the address of a server looks like."""

from __future__ import annotations

import re
from typing import Final

FORM: Final = "host:port, such as 127.0.0.1:50051"

_SCHEMES: Final = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "vsock:", "xds:")
"""gRPC's own ways to name a target."""
_HOST_AND_PORT: Final = re.compile(r"(?:\[([^\s\[\]/]+)\]|([^\s\[\]/:@?#]+)):([0-9]{1,5})")


def host_and_port(address: str) -> tuple[str, int] | None:
    """Of an address; the host is without the brackets that one of IPv6 has there.

    Returns:
        None for what gRPC resolves in another way, such as ``dns:///name:port`` or ``unix:path``.

    Raises:
        ValueError: it is neither; the message says in one sentence what an address is.
    """
    if address.startswith(_SCHEMES):
        return None
    found = _HOST_AND_PORT.fullmatch(address)
    if found is None or not 0 < int(found[3]) < 2**16:
        raise ValueError(f"{address!r} is no address of a server: one is {FORM}")
    return found[1] or found[2], int(found[3])
