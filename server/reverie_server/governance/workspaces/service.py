"""Workspaces: which one shares what between its personas."""

from __future__ import annotations

from typing import Final

from reverie_server.governance.workspaces import model, store
from reverie_server.scope import Reader, SharingMode, Visibility
from reverie_server.storage.database import Database, Transaction

_MAX_KNOWN: Final = 10_000
"""Modes kept in memory at most."""


class Workspaces:
    """The tenants. A workspace exists from the first change made in it.

    Raises Unavailable where the database cannot be reached.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._commits = 0
        self._known: dict[str, tuple[SharingMode, int]] = {}
        """With the number of commits that there had been."""
        db.on_commit(self._note_commit)

    async def ensure(self, tx: Transaction, workspace_id: str, now: int) -> None:
        """Creates the workspace when it is missing."""
        await store.add_if_missing(tx, workspace_id, now)

    async def reader(self, workspace_id: str, user_id: str, persona_id: str) -> Reader:
        """The persona reading this user's memory, under the workspace's sharing mode.

        ``user_id``: ``SHARED_OWNER`` for the workspace's shared part.
        """
        mode = await self._sharing_mode(workspace_id)
        return Reader(workspace_id, user_id, persona_id, model.reads_shared(mode))

    async def default_visibility(self, workspace_id: str, *, for_conversation: bool) -> Visibility:
        """The visibility of a memory whose caller names none; see ``model``."""
        mode = await self._sharing_mode(workspace_id)
        return model.default_visibility(mode, for_conversation=for_conversation)

    def _note_commit(self) -> None:
        self._commits += 1

    async def _sharing_mode(self, workspace_id: str) -> SharingMode:
        """As it is now: where others write, too, it is read each time."""
        commits = self._commits
        known = self._known.get(workspace_id)
        if known is not None and known[1] == commits and self._db.sole_writer:
            return known[0]
        stored = await self._db.read(
            lambda snapshot: store.sharing_mode(snapshot, workspace_id), brief=True
        )
        mode = stored or SharingMode.USER_CENTRIC
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        self._known[workspace_id] = (mode, commits)
        return mode
