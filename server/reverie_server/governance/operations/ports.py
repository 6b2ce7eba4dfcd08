"""What operations need beyond the Database port."""

from __future__ import annotations

from typing import Protocol

from reverie_server.storage.database import Database
from reverie_server.storage.occupancy import Occupancy


class CompactableStorage(Database, Protocol):
    """A database that can say how large it is and rewrite itself."""

    async def compact(self) -> int:
        """Frees what deleted rows take; gives the number of tables that it may not do this to."""
        ...

    async def size_bytes(self) -> int: ...

    def occupancy(self) -> Occupancy:
        """How busy it is."""
        ...

    @property
    def engine(self) -> str:
        """The engine's name and version, for people."""
        ...
