"""What SQL remembers of the shared collection: which one it is, and whether everything is in it.

Several servers read it and change it by comparing: whoever comes second sees that it has changed,
and looks again. So two servers that find the collection gone make one new one between them.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class RecordStore(Protocol):
    """One value in SQL."""

    async def read(self) -> bytes | None: ...

    async def replace(self, seen: bytes | None, new: bytes) -> bool:
        """Puts ``new`` in place of ``seen``, durably; False when something else is there by now."""
        ...


class Record(msgspec.Struct, frozen=True, kw_only=True):
    generation: str = ""
    """The collection's name; empty: a new one is to be made."""
    complete: bool = False
    """Everything that SQL had was brought in."""
    mark: int = 0
    """The last flush: the collection's own mark is never lower."""
    layout: str = ""
    """How points lie in it; a server that lays them out differently does not use it."""
    retired: tuple[str, ...] = ()
    """Collections that are to be dropped."""

    def anew(self) -> Record:
        """Without a collection; this one is to be dropped."""
        gone = (self.generation,) if self.generation else ()
        return Record(retired=self.retired + gone)


class Records:
    """The record as it was last seen here."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._seen: bytes | None = None

    async def read(self) -> Record:
        self._seen = await self._store.read()
        if self._seen is None:
            return Record()
        return msgspec.json.decode(self._seen, type=Record)

    async def replace(self, new: Record) -> bool:
        """In place of what was last read or put here; False when that has changed."""
        encoded = msgspec.json.encode(new)
        if not await self._store.replace(self._seen, encoded):
            return False
        self._seen = encoded
        return True


def incomplete(encoded: bytes | None, *, always: bool) -> bytes | None:
    """The record without its collection, because what was changed meanwhile is not in it: a new one
    is to be made and filled. None: there is nothing to change.

    Args:
        always: also of a collection that is only being filled.
    """
    record = Record() if encoded is None else msgspec.json.decode(encoded, type=Record)
    if not record.generation or not (record.complete or always):
        return None
    return msgspec.json.encode(record.anew())
