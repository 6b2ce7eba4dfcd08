"""How entries go for good, with everything that hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reverie_server.index.memory_index import Kind
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.storage.statements import load
from reverie_server.tiers.working import bookmark_store, store, timeline_store
from reverie_server.tiers.working.entry_store import ids_argument

_QUERIES: Final = load(__package__, "entries.sql")
_IDS_OF_SESSION: Final = _QUERIES["ids_of_session"]
_DELETE_OF_SESSION: Final = _QUERIES["delete_of_session"]
_COPIES_OF: Final = _QUERIES["copies_of"]
_SET_ORIGINAL: Final = _QUERIES["set_original"]
_KEEP_VECTOR: Final = _QUERIES["keep_vector"]
_DELETE_VECTORS: Final = _QUERIES["delete_vectors"]
_DELETE_USAGE: Final = _QUERIES["delete_usage"]

Place = tuple[str, str, str]


async def entry_ids(tx: Transaction, place: Place) -> list[str]:
    """Of all entries of a session."""
    return [row["entry_id"] for row in await tx.fetch(_IDS_OF_SESSION, *place)]


async def delete_session(tx: Transaction, place: Place, revision: int) -> list[Change]:
    """Deletes a session and everything in it; gives what the index must look at."""
    changes = await empty_session(tx, place, revision)
    await store.delete(tx, place)
    return changes


async def empty_session(tx: Transaction, place: Place, revision: int) -> list[Change]:
    """Deletes everything in a session; gives what the index must look at."""
    gone = await entry_ids(tx, place)
    # Before the copies are looked for: one within the session itself must not be found.
    await tx.execute(_DELETE_OF_SESSION, *place)
    changes = await forget_entries(tx, place, gone, revision)
    await timeline_store.delete_all(tx, place)
    await bookmark_store.delete_all(tx, place)
    return [Change(WHOLE_SESSION, "", place[2], Operation.DELETE), *changes]


async def forget_entries(
    tx: Transaction, place: Place, deleted: Sequence[str], revision: int
) -> list[Change]:
    """Removes what is kept elsewhere of entries that are deleted.

    Where rehydrated sessions hold copies, the first copy becomes the original that searches find,
    and the others repeat it from now on. Gives those new originals as changes for the index.
    """
    owner = place[:2]
    ids = ids_argument(deleted)
    heirs: dict[str, str] = {}
    kept_vectors = []
    originals = []
    changes = []
    for copy in await tx.fetch(_COPIES_OF, *owner, ids):
        gone = copy["copied_from_entry_id"]
        if gone in heirs:
            originals.append((*owner, copy["entry_id"], heirs[gone], revision))
            continue
        heirs[gone] = copy["entry_id"]
        originals.append((*owner, copy["entry_id"], "", revision))
        kept_vectors.append((*owner, gone, copy["entry_id"], copy["content_hash"]))
        changes.append(Change(Kind.ENTRY, copy["entry_id"], copy["session_id"], Operation.UPSERT))
    await tx.executemany(_SET_ORIGINAL, originals)
    await tx.executemany(_KEEP_VECTOR, kept_vectors)
    await tx.execute(_DELETE_VECTORS, *owner, ids)
    await tx.execute(_DELETE_USAGE, *owner, ids)
    return changes
