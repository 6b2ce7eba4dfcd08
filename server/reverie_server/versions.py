"""Optimistic concurrency: a change may name the version of the resource that it was made from."""

from __future__ import annotations

from reverie_server.errors import Aborted


def require_current(kind: str, version: int, expected: int | None) -> None:
    """Refuses a change that was made from an older version of the resource.

    ``expected`` is the version that the caller's etag stands for; None means "whatever it is".

    Raises:
        Aborted: reason STALE_ETAG.
    """
    if expected is not None and expected != version:
        raise Aborted(f"the {kind} has changed since; read it again", metadata={"resource": kind})
