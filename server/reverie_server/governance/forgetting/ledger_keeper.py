"""Keeps the tombstones beside the backups, where a restore finds them when the database is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

import structlog

from reverie_server.errors import ReverieError
from reverie_server.storage.database import Database
from reverie_server.storage.tombstone_ledger import (
    LEDGER_FILE,
    LedgerState,
    read_ledger,
    state_of,
    write_ledger,
)

log = structlog.get_logger(__name__)

INTERVAL_SECONDS: Final = 10.0
_REST: Final = 20.0
"""The pause is at least so many times as long as the writing took."""


class LedgerKeeper:
    def __init__(self, db: Database, backup_folder: Path) -> None:
        self._db = db
        self._folder = backup_folder
        self._written: LedgerState | None = None

    async def run_forever(self) -> None:
        """Works until it is cancelled."""
        while True:
            began = time.monotonic()
            try:
                await self.keep()
            except ReverieError as error:
                log.warning("the tombstones wait", reason=error.reason)
            except OSError as error:
                log.warning("the tombstones cannot be written", reason=error.strerror)
            took = time.monotonic() - began
            await asyncio.sleep(max(INTERVAL_SECONDS, _REST * took))

    async def keep(self) -> None:
        """Writes the file if anything was forgotten since, once there is a folder for backups.

        Raises:
            OSError: it cannot be written.
        """
        if not await asyncio.to_thread(self._folder.is_dir):
            return
        state = await self._db.read(state_of)
        if state == self._written or (state.tombstones == 0 and self._written is None):
            return
        ledger = await self._db.read(read_ledger)
        if not await asyncio.to_thread(write_ledger, self._folder / LEDGER_FILE, ledger):
            log.warning("the tombstones beside the backups are of another deployment, and stay")
        # Not before: what could not be written is tried again.
        self._written = state
