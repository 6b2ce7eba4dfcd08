"""Named points of a session that a rehydration can go back to."""

from __future__ import annotations

from reverie_server.clock import Clock
from reverie_server.errors import ResourceExhausted
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.tiers.working import access, bookmark_store, store
from reverie_server.tiers.working.model import (
    BOOKMARKS_PER_SESSION,
    Bookmark,
    BookmarkSet,
    SessionKey,
)


class Bookmarks:
    """The bookmarks of every session. Sessions of others are NotFound."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def set(self, key: SessionKey, bookmark_id: str, request: Request | None) -> BookmarkSet:
        """Sets a bookmark here, or moves the one of that name.

        Raises:
            NotFound: the session.
            FailedPrecondition: SESSION_ENDED or SESSION_EXPIRED.
            ResourceExhausted: LIMIT_REACHED.
        """

        async def work(tx: Transaction) -> BookmarkSet:
            async def put() -> BookmarkSet:
                now = self._clock.now()
                taken = await access.take_revision(tx, key)
                session = await access.active(tx, key, now)
                bookmark = Bookmark(
                    bookmark_id=bookmark_id,
                    next_position=session.next_position,
                    entry_count=session.entry_count,
                    context=session.context,
                    create_time=now,
                )
                await bookmark_store.put(tx, key.sql, bookmark)
                if await bookmark_store.count(tx, key.sql) > BOOKMARKS_PER_SESSION:
                    raise ResourceExhausted(
                        f"a session has at most {BOOKMARKS_PER_SESSION} bookmarks",
                        reason="LIMIT_REACHED",
                    )
                await store.touch(tx, key, now)
                return BookmarkSet(bookmark, taken)

            return await once(tx, request, BookmarkSet, put)

        return await self._db.transaction(work)
