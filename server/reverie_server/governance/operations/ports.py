"""What operations need beyond the Database port."""

from __future__ import annotations

from typing import Protocol

from reverie_server.storage.database import Database
from reverie_server.storage.occupancy import Occupancy


class CompactableStorage(Database, Protocol):
    """A database that can say how large it is and rewrite itself."""

    async def compact(self) -> None:
        """Rewrites the database without what was deleted."""
        ...

    async def size_bytes(self) -> int: ...

    def occupancy(self) -> Occupancy:
        """How busy it is."""
        ...

    @property
    def engine(self) -> str:
        """The engine's name and version, for people."""
        ...
