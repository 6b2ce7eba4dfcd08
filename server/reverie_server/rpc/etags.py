"""Etags: a resource's version as opaque text."""

from __future__ import annotations

from reverie_server.errors import Aborted


def etag(version: int) -> str:
    return str(version)


def version_of(text: str) -> int | None:
    """The version that an etag stands for; None for an empty one ("whatever it is").

    Raises:
        Aborted: it is no etag that the server ever gave, so it cannot be the current one.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Aborted("the etag is not the resource's current one; read it again")
    return int(text)
