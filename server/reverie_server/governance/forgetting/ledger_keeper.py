"""Keeps the tombstones beside the backups, where a restore finds them when the database is lost."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Final

import structlog

from reverie_server.storage.backup_folder import unwritable
from reverie_server.storage.database import Database, Snapshot
from reverie_server.storage.deployment import id_of, known_tombstone_key
from reverie_server.storage.tombstone_ledger import (
    LedgerState,
    ledger_file,
    read_ledger,
    state_in,
    state_of,
    write_ledger,
)

log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 10.0
"""How often one of the servers does it."""
_REST: Final = 20.0
"""It is left out for at least so many times as long as the last writing took."""


class LedgerKeeper:
    """Has the file hold what this server's database does."""

    def __init__(self, db: Database, backup_folder: Path) -> None:
        self._db = db
        self._folder = backup_folder
        self._rests_until = 0.0
        self._kept: LedgerState | None = None
        """What the file has held. If it is another's by now, that is a copy of this database, which
        was restored elsewhere: they do not overwrite each other without end."""
        self._told: LedgerState | None = None
        """What somebody was told last that it cannot be written."""

    async def is_called_for(self) -> bool:
        """Whether the file lacks something, and this server has the folder for it.

        Raises:
            Unavailable, ResourceExhausted: the database cannot take it now.
        """
        if time.monotonic() < self._rests_until or not await asyncio.to_thread(self._folder.is_dir):
            return False
        deployment_id, state = await self._db.read(_look)
        if not deployment_id:
            return False
        found = await asyncio.to_thread(state_in, self._file(deployment_id))
        if found == state:
            self._kept = state
        if found is not None and self._kept == state:
            return False
        if await asyncio.to_thread(os.access, self._folder, os.W_OK):
            return True
        # Another server may be one that can.
        if self._told != state:
            log.warning("tombstones not kept: not writable", backup_folder=self._folder.name)
            self._told = state
        return False

    async def keep(self) -> None:
        """Writes the file.

        Raises:
            Unavailable, ResourceExhausted: it cannot be written.
        """
        began = time.monotonic()
        # Before the rest: what is forgotten in between has it written again.
        deployment_id, state = await self._db.read(_look)
        ledger = await self._db.read(read_ledger)
        try:
            await asyncio.to_thread(write_ledger, self._file(deployment_id), ledger, state)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        self._kept = state
        now = time.monotonic()
        self._rests_until = now + _REST * (now - began)

    def _file(self, deployment_id: str) -> Path:
        return self._folder / ledger_file(deployment_id)


async def _look(snapshot: Snapshot) -> tuple[str, LedgerState]:
    """Whose tombstones these are, and what tells whether there are others by now."""
    key = await known_tombstone_key(snapshot)
    return id_of(key or b""), await state_of(snapshot)
