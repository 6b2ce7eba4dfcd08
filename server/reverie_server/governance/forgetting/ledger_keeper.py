"""Keeps the tombstones beside the backups, where a restore finds them when the database is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

from reverie_server.storage.backup_folder import unwritable
from reverie_server.storage.database import Database
from reverie_server.storage.deployment import id_of
from reverie_server.storage.tombstone_ledger import (
    LedgerState,
    ledger_file,
    read_ledger,
    state_of,
    write_ledger,
)

INTERVAL_SECONDS: Final = 10.0
"""How often one of the servers does it."""
_REST: Final = 20.0
"""It is left out for at least so many times as long as the last writing took."""


class LedgerKeeper:
    def __init__(self, db: Database, backup_folder: Path) -> None:
        self._db = db
        self._folder = backup_folder
        self._written: LedgerState | None = None
        self._rests_until = 0.0

    async def keep(self) -> None:
        """Writes the file if anything was forgotten since, once there is a folder for backups.

        Raises:
            Unavailable, ResourceExhausted: it cannot be written.
        """
        began = time.monotonic()
        if began < self._rests_until or not await asyncio.to_thread(self._folder.is_dir):
            return
        state = await self._db.read(state_of)
        if state == self._written or (state.tombstones == 0 and self._written is None):
            return
        ledger = await self._db.read(read_ledger)
        try:
            file = self._folder / ledger_file(id_of(ledger.key))
            await asyncio.to_thread(write_ledger, file, ledger)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        # Not before: what could not be written is tried again.
        self._written = state
        now = time.monotonic()
        self._rests_until = now + _REST * (now - began)
