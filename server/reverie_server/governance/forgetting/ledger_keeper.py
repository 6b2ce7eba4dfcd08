"""Keeps the tombstones beside the backups, where a restore finds them when the database is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path
from typing import Final

import structlog

from reverie_server.storage.backup_folder import unwritable
from reverie_server.storage.database import Database, Snapshot
from reverie_server.storage.deployment import id_of, known_tombstone_key, make_ledger_writer
from reverie_server.storage.tombstone_ledger import (
    NOTHING_FORGOTTEN,
    Ledger,
    LedgerState,
    ledger_file,
    load_ledger,
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
    """Of one database. Another one of the same deployment, as a backup of it that was restored
    elsewhere, may keep the same file: then that has what either of them had forgotten.
    """

    def __init__(self, db: Database, backup_folder: Path) -> None:
        self._db = db
        self._folder = backup_folder
        self._rests_until = 0.0
        self._lacks_nothing: tuple[LedgerState, LedgerState | None] | None = None
        """Of the database and of the file, when that had all of the former and more."""
        self._told: LedgerState | None = None
        """Of the database, when somebody was told last that the file cannot be written."""

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
        if found == state or (state, found) == self._lacks_nothing:
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
        if not state.writer:
            await self._db.transaction(make_ledger_writer)
            deployment_id, state = await self._db.read(_look)
        ledger = await self._db.read(read_ledger)
        try:
            found = await asyncio.to_thread(_put, self._file(deployment_id), ledger, state)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        self._lacks_nothing = (state, found)
        now = time.monotonic()
        self._rests_until = now + _REST * (now - began)

    def _file(self, deployment_id: str) -> Path:
        return self._folder / ledger_file(deployment_id)


def _put(file: Path, ledger: Ledger, state: LedgerState) -> LedgerState:
    """Has a file hold a database's ledger, and what others have put there. Of a file that no other
    has written goes what may be remembered again.

    Returns:
        What is in the file now.

    Raises:
        OSError: it cannot be read or written.
    """
    found, others = state_in(file), NOTHING_FORGOTTEN
    # One that does not say so is of a release before, which kept it for this database alone.
    if found is not None and found.writer != state.writer:
        with contextlib.suppress(ValueError):
            others = load_ledger(file)
    if others.key == ledger.key:
        theirs, own = others.times(), ledger.times()
        if found is not None and all(theirs.get(of, time - 1) >= time for of, time in own.items()):
            return found
        both = Ledger(ledger.key, (*others.tombstones, *ledger.tombstones)).times()
        ledger = Ledger(ledger.key, tuple((*of, time) for of, time in sorted(both.items())))
        state = LedgerState(len(both), max(both.values(), default=0))
    write_ledger(file, ledger, state)
    return state


async def _look(snapshot: Snapshot) -> tuple[str, LedgerState]:
    """Whose tombstones these are, and what tells whether there are others by now."""
    key = await known_tombstone_key(snapshot)
    return id_of(key or b""), await state_of(snapshot)
