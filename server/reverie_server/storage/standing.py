"""Whether this server does background work now.

A server that has its database for itself always does. One of several on a shared index does not
while another server, of before the index was shared, has the database for itself: see
``postgres_fleet.py``. One that was taken over from does not either, and never will again.
"""

from __future__ import annotations

import asyncio


class Standing:
    """Belongs to the event loop that it was first waited for on."""

    def __init__(self, *, shared: bool, on_duty: bool) -> None:
        """
        Args:
            shared: several servers serve this database at once.
        """
        self.shared = shared
        self.lost = False
        """Another server has the database for itself, for good: this one can answer no call."""
        self._on = asyncio.Event()
        self._off = asyncio.Event()
        self.set(on_duty=on_duty)

    @classmethod
    def alone(cls) -> Standing:
        """Of a server whose database nobody else serves."""
        return cls(shared=False, on_duty=True)

    @property
    def on_duty(self) -> bool:
        """Whether background work may be done now."""
        return self._on.is_set()

    def set(self, *, on_duty: bool) -> None:
        """Begins or ends the duty."""
        (self._on if on_duty else self._off).set()
        (self._off if on_duty else self._on).clear()

    def lose(self) -> None:
        """Another server has taken over, for good."""
        self.lost = True
        self.set(on_duty=False)

    async def begins(self) -> None:
        """Returns when it is on duty."""
        await self._on.wait()

    async def ends(self) -> None:
        """Returns when it is not."""
        await self._off.wait()
