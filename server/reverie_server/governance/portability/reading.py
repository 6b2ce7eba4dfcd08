"""Reading records in: rows gather until there are enough of a kind, then they are written."""

from __future__ import annotations

from typing import Final

from reverie_server.governance.portability import store
from reverie_server.governance.portability.kind import Kind
from reverie_server.governance.portability.lines import Record
from reverie_server.governance.portability.store import Owner
from reverie_server.storage.database import Transaction, Value

_ROWS: Final = 500
_BYTES: Final = 4 * 1024 * 1024


class Rows:
    """The rows that a transaction writes for one owner; ``flush`` at the end."""

    def __init__(self, tx: Transaction, owner: Owner, revision: int, floor: int = 0) -> None:
        """
        Args:
            revision: what the owner's own row says.
            floor: and of a workspace, above what new users begin.
        """
        self._tx = tx
        self._owner = owner
        self._revisions = {
            "revision": revision,
            "removal_revision": revision,
            "user_revision_floor": floor,
        }
        self._kind: Kind | None = None
        self._waiting: list[tuple[Value, ...]] = []
        self._bytes = 0

    async def add(self, record: Record) -> None:
        """
        Raises:
            UniqueViolation: a row with the key of one added before is there already.
        """
        if record.kind is not self._kind:
            await self.flush()
            self._kind = record.kind
        self._waiting.append(record.values)
        self._bytes += sum(len(each) for each in record.values if isinstance(each, str | bytes))
        if len(self._waiting) >= _ROWS or self._bytes >= _BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Writes what waits.

        Raises:
            UniqueViolation: as ``add``.
        """
        if self._kind is not None and self._waiting:
            await store.insert(self._tx, self._kind, self._owner, self._revisions, self._waiting)
        self._waiting, self._bytes = [], 0
