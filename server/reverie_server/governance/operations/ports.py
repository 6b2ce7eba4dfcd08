"""What operations need beyond the Database port."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from reverie_server.storage.backup_folder import Tell
from reverie_server.storage.backup_manifest import DatabaseCopy
from reverie_server.storage.database import Database
from reverie_server.storage.occupancy import Occupancy


class CompactableStorage(Database, Protocol):
    """A database that can say how large it is, rewrite itself and be copied."""

    async def compact(self) -> int:
        """Frees what deleted rows take; gives the number of tables that it may not do this to."""
        ...

    async def copy_to(self, folder: Path, tell: Tell) -> DatabaseCopy:
        """Writes a copy of one moment into an empty folder while others read and write. It may be
        cancelled; what it has written then is nobody's.

        Raises:
            ResourceExhausted: the folder's disk is full.
            Unavailable: the database or the folder cannot be used, or the copy is not whole.
        """
        ...

    async def size_bytes(self) -> int: ...

    def occupancy(self) -> Occupancy:
        """How busy it is."""
        ...

    @property
    def engine(self) -> str:
        """The engine's name and version, for people."""
        ...
