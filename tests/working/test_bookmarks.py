"""Named points of a session."""

from __future__ import annotations

import pytest

from reverie_server.errors import FailedPrecondition, ResourceExhausted
from reverie_server.storage.database import Transaction
from reverie_server.tiers.working import bookmark_store
from reverie_server.tiers.working.model import Bookmark, SessionContext
from tests.working.rooms import EXPIRY, Rooms, said


async def test_a_bookmark_keeps_the_entries_so_far_and_the_context(rooms: Rooms) -> None:
    key = await rooms.start()
    working = rooms.working
    ids = await rooms.append(key, said("a"), said("b"))
    await working.entries.delete(key, ids[0], None)
    await working.sessions.update_context(key, SessionContext("trip"), ["topic"], None, None)
    rooms.clock.advance(1)
    change = await working.bookmarks.set(key, "here", None)
    assert change.bookmark == Bookmark("here", 2, 1, SessionContext("trip"), rooms.clock.now())
    assert change.revision == (await rooms.revisions()).revision

    await rooms.append(key, said("c"))
    moved = await working.bookmarks.set(key, "here", None)
    assert (moved.bookmark.next_position, moved.bookmark.entry_count) == (3, 2)
    stored = await rooms.db.read(
        lambda snapshot: rooms.records.bookmark(snapshot, "w", "u", "s", "here")
    )
    assert stored == moved.bookmark
    assert (
        await rooms.db.read(
            lambda snapshot: rooms.records.bookmark(snapshot, "w", "u", "s", "nowhere")
        )
        is None
    )


async def test_a_repeated_request_does_not_move_it(rooms: Rooms) -> None:
    key = await rooms.start()
    request = rooms.request("BookmarkSession")
    first = await rooms.working.bookmarks.set(key, "here", request)
    await rooms.append(key, said("a"))
    assert await rooms.working.bookmarks.set(key, "here", request) == first


async def test_bookmarks_are_bounded(rooms: Rooms) -> None:
    key = await rooms.start()

    async def fill(tx: Transaction) -> None:
        for number in range(1000):
            bookmark = Bookmark(str(number), 0, 0, SessionContext(), 0)
            await bookmark_store.put(tx, key.sql, bookmark)

    await rooms.db.transaction(fill)
    await rooms.working.bookmarks.set(key, "7", None)
    with pytest.raises(ResourceExhausted) as refused:
        await rooms.working.bookmarks.set(key, "one more", None)
    assert refused.value.reason == "LIMIT_REACHED"


async def test_only_active_sessions_are_bookmarked(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.end(key)
    for reason in ("SESSION_ENDED", "SESSION_EXPIRED"):
        with pytest.raises(FailedPrecondition) as refused:
            await rooms.working.bookmarks.set(key, "here", None)
        assert refused.value.reason == reason
        rooms.clock.time += EXPIRY
