"""How much exports and imports that are under way may take on a server's disk, all together."""

from __future__ import annotations

import threading
from typing import Final

from reverie_server.errors import NEVER, ResourceExhausted

RETRY_SECONDS: Final = 10.0


class UsedUp(ResourceExhausted):
    """Exports and imports take all the room that they may."""


class Budget:
    """Bytes; any thread may take some and give them back."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """What nobody has taken."""
        return self.most - self._taken

    def take(self, size: int) -> None:
        """
        Raises:
            ResourceExhausted: there is not so much left.
        """
        with self._lock:
            if size > self.left:
                raise used_up(self.most)
            self._taken += size

    def give(self, size: int) -> None:
        """Takes back what somebody had taken."""
        with self._lock:
            self._taken -= size


def used_up(most: int) -> UsedUp:
    """There is no room now."""
    return UsedUp(
        f"exports and imports may take {most} bytes on this server's disk together"
        " (REVERIE_SPOOL_BYTES), and there is no room for more of this one now",
        retry_after_seconds=RETRY_SECONDS,
    )


def too_large(most: int) -> ResourceExhausted:
    """There is never room for it."""
    return ResourceExhausted(
        f"exports and imports may take {most} bytes on this server's disk together"
        " (REVERIE_SPOOL_BYTES), and this one alone takes more",
        retry_after_seconds=NEVER,
    )
