"""What happens to sessions by themselves: they expire, and are archived when nobody ends them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import structlog

from reverie_server.clock import Clock
from reverie_server.errors import NotFound, ResourceExhausted, Unavailable
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.tiers.working import access, removal, store
from reverie_server.tiers.working.ending import SessionEnding
from reverie_server.tiers.working.model import SessionKey
from reverie_server.tiers.working.store import DueSession

log = structlog.get_logger(__name__)

BATCH: Final = 100
"""Sessions of each kind that one sweep looks at, so that it does not hold up writers."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did."""

    expired: int
    archived: int
    has_more: bool
    """Whether it stopped at its bound, having got somewhere."""


class SessionLifecycle:
    """Looks after the sessions of all workspaces."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        ending: SessionEnding,
        *,
        idle: int,
        batch: int = BATCH,
    ) -> None:
        """
        Args:
            idle: after how long without a write a session's bot counts as dead, in microseconds.
        """
        self._db = db
        self._clock = clock
        self._ending = ending
        self._idle = idle
        self._batch = batch

    async def is_called_for(self) -> bool:
        """Whether a sweep would find anything now.

        Raises:
            Unavailable, ResourceExhausted: the database cannot take it now.
        """
        now = self._clock.now()

        async def look(snapshot: Snapshot) -> bool:
            due = await store.due_to_expire(snapshot, now, 1)
            return bool(due or await store.idle_since(snapshot, now - self._idle, 1))

        return await self._db.read(look)

    async def sweep_all(self) -> None:
        """Sweeps until nothing is due any more.

        Raises:
            Unavailable, ResourceExhausted: the database cannot take it now.
        """
        while (await self.sweep(self._clock.now())).has_more:
            pass

    async def sweep(self, now: int) -> Swept:
        """Expires ended sessions whose time is over at ``now``, and archives active ones that
        have been idle too long by then; a bounded number of each, the longest overdue first.

        Raises:
            Unavailable, ResourceExhausted: the database cannot take it now.
        """
        idle_since = now - self._idle
        due = await self._db.read(lambda snapshot: store.due_to_expire(snapshot, now, self._batch))
        idle = await self._db.read(
            lambda snapshot: store.idle_since(snapshot, idle_since, self._batch)
        )
        expired = await self._each(due, lambda each: each.key, self._expire)
        archived = await self._each(
            idle, lambda key: key, lambda key: self._ending.end_idle(key, idle_since)
        )
        is_full = self._batch in (len(due), len(idle))
        return Swept(expired, archived, is_full and expired + archived > 0)

    async def _each(
        self,
        sessions: Sequence[T],
        key: Callable[[T], SessionKey],
        work: Callable[[T], Awaitable[bool]],
    ) -> int:
        """On how many of the sessions it worked."""
        done = 0
        for session in sessions:
            try:
                done += await work(session)
            except NotFound:
                continue  # its user is gone by now, and it with them
            except (Unavailable, ResourceExhausted):
                raise
            except Exception as error:  # noqa: BLE001 - one session must not hold up all others
                log.error(  # noqa: TRY400 - a traceback may hold what was said
                    "a session cannot be swept",
                    session_id=key(session).session_id,
                    error=type(error).__name__,
                )
        return done

    async def _expire(self, due: DueSession) -> bool:
        if due.archived:
            return await self._db.transaction(lambda tx: store.expire(tx, due.key)) == 1
        return await self._db.transaction(lambda tx: self._expire_and_empty(tx, due.key))

    async def _expire_and_empty(self, tx: Transaction, key: SessionKey) -> bool:
        taken = await access.take_revision(tx, key)
        if not await store.expire_and_empty(tx, key, taken):
            return False
        changes = await removal.empty_session(tx, key.sql, taken)
        await revision.mark_removal(tx, key.workspace_id, key.user_id, taken)
        await outbox.record(tx, key.workspace_id, key.user_id, taken, changes, self._clock.now())
        return True
