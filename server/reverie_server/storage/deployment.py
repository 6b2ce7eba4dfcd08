"""What is true of a whole deployment and has to outlive its processes: a few named values."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.statements import load

_STATEMENTS = load(__package__, "deployment.sql")
_GET = _STATEMENTS["get"]
_PUT = _STATEMENTS["put"]
_PUT_NEW = _STATEMENTS["put_new"]
_REMOVE = _STATEMENTS["remove"]
_REPLACE = _STATEMENTS["replace"]

_SIGNING: Final = "page_token_key"
_EMBEDDER: Final = "embedder"
_INDEX_STAMP: Final = "index_stamp"
_SHARED_INDEX: Final = "shared_index"
_TOMBSTONES: Final = "tombstone_key"
_MOVE: Final = "move"
_SERVER: Final = "server"
"""Of ``postgres_lease.py``."""
_FORGETTING: Final = "forgetting"
_MOVING: Final = (_SIGNING, _EMBEDDER, _TOMBSTONES, _FORGETTING)
"""The last, too: a restore that is moved before its first start still has to forget."""
_KEY_BYTES: Final = 32


async def page_token_key(database: Database) -> bytes:
    """The key that page tokens are signed with; made at the first start."""

    async def get_or_make(tx: Transaction) -> bytes:
        await tx.execute(_PUT_NEW, _SIGNING, secrets.token_bytes(_KEY_BYTES))
        return bytes(await tx.fetchval(_GET, _SIGNING))

    return await database.transaction(get_or_make)


async def make_tombstone_key(tx: Transaction, key: bytes) -> None:
    """Keeps the key of ``storage/tombstones.py``, unless there is one already."""
    await tx.execute(_PUT_NEW, _TOMBSTONES, key)


def id_of(tombstone_key: bytes) -> str:
    """What tells a deployment from others, where somebody without its database looks: 16
    hexadecimal digits, which say nothing of the key; empty without one."""
    return hashlib.sha256(tombstone_key).hexdigest()[:16] if tombstone_key else ""


async def tombstone_key(snapshot: Snapshot) -> bytes:
    """The key of ``storage/tombstones.py``, once something was forgotten."""
    return bytes(await snapshot.fetchval(_GET, _TOMBSTONES))


async def has_tombstone_key(snapshot: Snapshot) -> bool:
    """Whether anything was forgotten here yet."""
    return await snapshot.fetchval(_GET, _TOMBSTONES) is not None


async def known_tombstone_key(snapshot: Snapshot) -> bytes | None:
    """The same; None: nothing was ever forgotten."""
    value = await snapshot.fetchval(_GET, _TOMBSTONES)
    return None if value is None else bytes(value)


async def begin_anew(tx: Transaction, backup_time: int) -> None:
    """After a restore: what was true of the processes of then is not, and what was forgotten since
    has to be applied (``forgetting_since``) before anybody is served."""
    for name in (_INDEX_STAMP, _SHARED_INDEX, _SERVER):
        await tx.execute(_REMOVE, name)
    await tx.execute(_PUT, _FORGETTING, str(backup_time).encode())


async def shared_index(snapshot: Snapshot) -> bytes | None:
    """What ``SharedIndexRecord`` keeps."""
    value = await snapshot.fetchval(_GET, _SHARED_INDEX)
    return None if value is None else bytes(value)


async def put_shared_index(tx: Transaction, record: bytes) -> None:
    """See ``shared_index``."""
    await tx.execute(_PUT, _SHARED_INDEX, record)


async def forgetting_since(snapshot: Snapshot) -> int | None:
    """Of when the backup is that was restored, while the database may hold what was forgotten after
    it (microseconds, UTC); None: it holds nothing of that."""
    value = await snapshot.fetchval(_GET, _FORGETTING)
    return None if value is None else int(value)


async def forgetting_is_done(tx: Transaction) -> None:
    """It holds nothing any more that its tombstones name."""
    await tx.execute(_REMOVE, _FORGETTING)


async def recorded_embedder(database: Database, name: str, dimension: int) -> str:
    """The embedder that the stored vectors are of, as ``name/dimension``; records this one when
    there is none yet.
    """
    identity = f"{name}/{dimension}"

    async def get_or_record(tx: Transaction) -> str:
        await tx.execute(_PUT_NEW, _EMBEDDER, identity.encode())
        return bytes(await tx.fetchval(_GET, _EMBEDDER)).decode()

    return await database.transaction(get_or_record)


async def known_embedder(snapshot: Snapshot) -> str:
    """The embedder that the stored vectors are of, as ``name/dimension``; empty before the first
    start.
    """
    value = await snapshot.fetchval(_GET, _EMBEDDER)
    return "" if value is None else bytes(value).decode()


async def record_embedder(tx: Transaction, name: str, dimension: int) -> None:
    """From now on the stored vectors are of this embedder: part of a reindex."""
    await tx.execute(_PUT, _EMBEDDER, f"{name}/{dimension}".encode())


async def moving_values(snapshot: Snapshot) -> dict[str, bytes]:
    """What goes along when a deployment moves to another database, by name."""
    found = {name: await snapshot.fetchval(_GET, name) for name in _MOVING}
    return {name: bytes(value) for name, value in found.items() if value is not None}


async def take_over(tx: Transaction, values: Mapping[str, bytes]) -> None:
    """Makes ``moving_values`` of another database those of this one, whose index is then of the
    past: without a stamp it is built anew."""
    for name in (*_MOVING, _INDEX_STAMP, _SHARED_INDEX):
        await tx.execute(_REMOVE, name)
    for name, value in values.items():
        await tx.execute(_PUT, name, value)


async def move_note(snapshot: Snapshot) -> bytes | None:
    """What a move has noted here, as the database that it goes to."""
    value = await snapshot.fetchval(_GET, _MOVE)
    return None if value is None else bytes(value)


async def put_move_note(tx: Transaction, note: bytes) -> None:
    """See ``move_note``."""
    await tx.execute(_PUT, _MOVE, note)


async def forget_stamp(tx: Transaction) -> None:
    """No index that one server has for itself is known to be complete any more: it is made anew
    when its server opens it."""
    await tx.execute(_REMOVE, _INDEX_STAMP)


async def change_shared_index(
    tx: Transaction, change: Callable[[bytes | None], bytes | None]
) -> None:
    """Puts another record of the shared index (see ``SharedIndexRecord``) in place of what is
    there, unless ``change`` gives None."""
    value = await tx.fetchval(_GET, _SHARED_INDEX)
    new = change(None if value is None else bytes(value))
    if new is not None:
        await tx.execute(_PUT, _SHARED_INDEX, new)


class IndexStamps:
    """Keeps the stamp of the index's last clean close, see ``index/edge.py``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self) -> str | None:
        """Gives the stamp and forgets it, durably, in one transaction."""

        async def take(tx: Transaction) -> str | None:
            value = await tx.fetchval(_GET, _INDEX_STAMP)
            await tx.execute(_REMOVE, _INDEX_STAMP)
            return None if value is None else bytes(value).decode()

        return await self._database.transaction(take)

    async def put(self, stamp: str) -> None:
        await self._database.transaction(lambda tx: tx.execute(_PUT, _INDEX_STAMP, stamp.encode()))


class SharedIndexRecord:
    """Keeps what all servers know of the index that they share, see ``index/qdrant_record.py``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> bytes | None:
        """What is there now."""
        value = await self._database.fetchval(_GET, _SHARED_INDEX)
        return None if value is None else bytes(value)

    async def replace(self, seen: bytes | None, new: bytes) -> bool:
        """Puts ``new`` in place of ``seen``; False when something else is there by now."""

        async def replace(tx: Transaction) -> int:
            if seen is None:
                return await tx.execute(_PUT_NEW, _SHARED_INDEX, new)
            return await tx.execute(_REPLACE, _SHARED_INDEX, seen, new)

        return await self._database.transaction(replace) == 1
