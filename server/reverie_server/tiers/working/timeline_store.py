"""Timelines in SQL. ``place`` is workspace, user and session."""

from __future__ import annotations

from typing import Final

from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.working.model import Timeline

_QUERIES: Final = load(__package__, "queries.sql")
_COUNT: Final = _QUERIES["count_on_timeline"]
_COUNT_DELETED: Final = _QUERIES["count_deleted_on_timeline"]
_ADD: Final = _QUERIES["add_timeline"]
_GET: Final = _QUERIES["get_timeline"]
_LIST_AFTER: Final = _QUERIES["list_timelines_after"]
_SET_CLOSED: Final = _QUERIES["set_closed"]
_DELETE_ALL: Final = _QUERIES["delete_timelines"]

Place = tuple[str, str, str]


async def count_entries(tx: Transaction, place: Place, timeline: str, count: int) -> bool:
    """False when there is no such open timeline; nothing has changed then."""
    return await tx.execute(_COUNT, *place, timeline, count) == 1


async def count_deleted(tx: Transaction, place: Place, timeline: str) -> None:
    await tx.execute(_COUNT_DELETED, *place, timeline)


async def add(tx: Transaction, place: Place, timeline: Timeline) -> None:
    await tx.execute(
        _ADD,
        *place,
        timeline.timeline,
        int(timeline.closed),
        timeline.entry_count,
        timeline.create_time,
        timeline.close_time,
    )


async def get(snapshot: Snapshot, place: Place, timeline: str) -> Timeline | None:
    row = await snapshot.fetchrow(_GET, *place, timeline)
    return None if row is None else _timeline(row)


async def list_after(snapshot: Snapshot, place: Place, timeline: str, limit: int) -> list[Timeline]:
    """By name."""
    rows = await snapshot.fetch(_LIST_AFTER, *place, timeline, limit)
    return [_timeline(row) for row in rows]


async def set_closed(tx: Transaction, place: Place, timeline: Timeline) -> None:
    """Stores whether it is closed, and since when."""
    await tx.execute(
        _SET_CLOSED, *place, timeline.timeline, int(timeline.closed), timeline.close_time
    )


async def delete_all(tx: Transaction, place: Place) -> None:
    await tx.execute(_DELETE_ALL, *place)


def _timeline(row: Row) -> Timeline:
    return Timeline(
        timeline=row["timeline"],
        closed=bool(row["closed"]),
        entry_count=row["entry_count"],
        create_time=row["create_time"],
        close_time=row["close_time"],
    )
