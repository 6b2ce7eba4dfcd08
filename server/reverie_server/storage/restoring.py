"""What every restored database goes through before anybody sees it, whatever engine it is on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from reverie_server.index.qdrant_record import Record
from reverie_server.storage import deployment, revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.statements import load
from reverie_server.storage.tombstone_ledger import Ledger, enter

_QUERIES: Final = load(__package__, "restoring.sql")
_END_BACKUPS: Final = _QUERIES["end_backups"]


Warn = Callable[[str], None]
"""Is told, in one sentence, what a restore could not do."""


class NotEmpty(Exception):
    """Something is where a backup is to be restored. One sentence for the operator."""


class CannotRestore(Exception):
    """Another reason against it. One sentence for the operator."""


async def settle(
    tx: Transaction,
    ledger: Ledger,
    *,
    backup_time: int,
    now: int,
    replaced_index: bytes | None = None,
) -> None:
    """Makes a database that was copied some time ago one that can be served now.

    Its past ends here: every owner begins a new epoch, so that no client that remembers a revision
    of the lost future is ahead of it. What was forgotten since is entered, to be applied before it
    is served. What told of the processes of then is dropped: the stamp of their index, so that it
    is made anew, their lease, and the backup that was being written.

    Args:
        replaced_index: the record of the shared index of the database that is replaced. Its
            collection is dropped; that of the backup's may be another server's by now.

    Raises:
        ForeignLedger: see ``tombstone_ledger.enter``.
    """
    await revision.raise_epochs(tx, now)
    await enter(tx, ledger)
    await deployment.begin_anew(tx, backup_time)
    if replaced_index is not None:
        record = msgspec.json.decode(replaced_index, type=Record).anew()
        await deployment.put_shared_index(tx, msgspec.json.encode(record))
    await tx.execute(_END_BACKUPS, now)
