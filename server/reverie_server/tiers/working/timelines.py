"""The strands of a session: opened by name, closed when nothing more is to be said on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from reverie_server.clock import Clock
from reverie_server.errors import (
    FailedPrecondition,
    FieldViolation,
    NotFound,
    ResourceExhausted,
)
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.tiers.working import access, store, timeline_store
from reverie_server.tiers.working.model import (
    TIMELINES_PER_SESSION,
    NewEntry,
    SessionKey,
    Timeline,
    TimelineChange,
)


class Timelines:
    """The timelines of every session. Sessions of others are NotFound."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def open(self, key: SessionKey, timeline: str) -> TimelineChange:
        """Opens a timeline, for the first time or again; one that is open stays so.

        Raises:
            NotFound: the session.
            FailedPrecondition: SESSION_ENDED or SESSION_EXPIRED.
            ResourceExhausted: LIMIT_REACHED.
        """

        async def work(tx: Transaction) -> TimelineChange:
            now = self._clock.now()
            taken = await access.take_revision(tx, key)
            await access.active(tx, key, now)
            found = await timeline_store.get(tx, key.sql, timeline)
            if found is None:
                opened = _new(timeline, 0, now)
                await timeline_store.add(tx, key.sql, opened)
                await _count_opened(tx, key, 1)
            else:
                opened = replace(found, closed=False, close_time=None)
                await timeline_store.set_closed(tx, key.sql, opened)
            await store.touch(tx, key, now)
            return TimelineChange(opened, taken)

        return await self._db.transaction(work)

    async def close(self, key: SessionKey, timeline: str) -> TimelineChange:
        """Closes a timeline; one that is closed stays as it is.

        Raises:
            NotFound: the session, or the timeline.
            FailedPrecondition: SESSION_ENDED or SESSION_EXPIRED.
        """

        async def work(tx: Transaction) -> TimelineChange:
            now = self._clock.now()
            taken = await access.take_revision(tx, key)
            await access.active(tx, key, now)
            found = await timeline_store.get(tx, key.sql, timeline)
            if found is None:
                raise NotFound.of("timeline", timeline)
            closed = found if found.closed else replace(found, closed=True, close_time=now)
            await timeline_store.set_closed(tx, key.sql, closed)
            await store.touch(tx, key, now)
            return TimelineChange(closed, taken)

        return await self._db.transaction(work)

    async def list(self, key: SessionKey, page: PageRequest) -> Page[Timeline]:
        """By name.

        Raises:
            NotFound: the session.
            FailedPrecondition: SESSION_EXPIRED.
        """
        now = self._clock.now()

        async def work(snapshot: Snapshot) -> Page[Timeline]:
            await access.readable(snapshot, key, now)
            return await collect(
                lambda cursor, limit: timeline_store.list_after(
                    snapshot, key.sql, str(cursor[0]) if cursor else "", limit
                ),
                page,
                position=lambda timeline: (timeline.timeline,),
                weight=weight,
            )

        return await self._db.read(work)


async def count_appended(
    tx: Transaction, key: SessionKey, entries: Sequence[NewEntry], now: int
) -> None:
    """Counts entries on their timelines, and opens those that are new.

    Raises:
        FailedPrecondition: TIMELINE_CLOSED, naming the entries that lie on a closed one.
        ResourceExhausted: LIMIT_REACHED.
    """
    opened = 0
    for timeline, count in Counter([entry.timeline for entry in entries]).items():
        if await timeline_store.count_entries(tx, key.sql, timeline, count):
            continue
        if await timeline_store.get(tx, key.sql, timeline) is not None:
            raise _closed(timeline, entries)
        await timeline_store.add(tx, key.sql, _new(timeline, count, now))
        opened += 1
    if opened:
        await _count_opened(tx, key, opened)


async def _count_opened(tx: Transaction, key: SessionKey, opened: int) -> None:
    if await store.count_timelines(tx, key, opened) > TIMELINES_PER_SESSION:
        raise ResourceExhausted(
            f"a session has at most {TIMELINES_PER_SESSION} timelines", reason="LIMIT_REACHED"
        )


def _new(timeline: str, entry_count: int, now: int) -> Timeline:
    return Timeline(
        timeline, closed=False, entry_count=entry_count, create_time=now, close_time=None
    )


def _closed(timeline: str, entries: Sequence[NewEntry]) -> FailedPrecondition:
    fields = [
        FieldViolation(f"entries[{index}].timeline", "is closed")
        for index, entry in enumerate(entries)
        if entry.timeline == timeline
    ]
    return FailedPrecondition(
        f"{fields[0].field}: timeline {timeline!r} is closed",
        reason="TIMELINE_CLOSED",
        fields=fields,
    )
