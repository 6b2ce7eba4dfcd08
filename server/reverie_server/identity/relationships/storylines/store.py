"""Storylines in SQL."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from reverie_server.identity.relationships.storylines.model import Storyline, topic_key
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.working.model import StorylineStatus

_QUERIES: Final = load(__package__, "queries.sql")
_PUT: Final = _QUERIES["put"]
_GET: Final = _QUERIES["get"]
_GET_BY_TOPIC: Final = _QUERIES["get_by_topic"]
_LIST_BEFORE: Final = _QUERIES["list_before"]
_ADD_MENTION: Final = _QUERIES["add_mention"]
_DELETE_TOLD_ALONE: Final = _QUERIES["delete_told_alone"]
_DELETE_MENTIONS: Final = _QUERIES["delete_mentions"]
_BLANK_SESSION: Final = _QUERIES["blank_session"]
_LATEST: Final = (2**62, "")
"""Before every storyline of a list."""

Pair = tuple[str, str, str]
"""Workspace, user and persona."""


async def put(tx: Transaction, pair: Pair, storyline: Storyline) -> None:
    """Stores a new storyline, or all that can change of one that is there."""
    await tx.execute(
        _PUT,
        *pair,
        storyline.storyline_id,
        storyline.topic,
        topic_key(storyline.topic),
        storyline.status,
        storyline.summary,
        storyline.follow_up,
        storyline.follow_up_time,
        storyline.summary_session_id,
        storyline.follow_up_session_id,
        storyline.first_session_id,
        storyline.session_id,
        storyline.first_mentioned_time,
        storyline.last_mentioned_time,
        storyline.resolve_time,
        storyline.version,
        storyline.create_time,
        storyline.update_time,
    )


async def add_mention(tx: Transaction, pair: Pair, session_id: str, storyline_id: str) -> None:
    """Notes that a session has told of a storyline; a second time changes nothing."""
    await tx.execute(_ADD_MENTION, *pair, session_id, storyline_id)


async def get(snapshot: Snapshot, pair: Pair, storyline_id: str) -> Storyline | None:
    row = await snapshot.fetchrow(_GET, *pair, storyline_id)
    return None if row is None else storyline_of(row)


async def get_by_topic(snapshot: Snapshot, pair: Pair, topic: str) -> Storyline | None:
    row = await snapshot.fetchrow(_GET_BY_TOPIC, *pair, topic_key(topic))
    return None if row is None else storyline_of(row)


async def list_before(
    snapshot: Snapshot,
    pair: Pair,
    statuses: Collection[StorylineStatus],
    before: tuple[int, str] | None,
    limit: int,
) -> list[Storyline]:
    """The latest mention first.

    Args:
        before: last mention and id of the last one of the page before.
    """
    wanted = sum(1 << status for status in set(statuses))
    rows = await snapshot.fetch(_LIST_BEFORE, *pair, wanted, *(before or _LATEST), limit)
    return [storyline_of(row) for row in rows]


async def forget_session(
    tx: Transaction, pair: Pair, session_id: str, revision: int, now: int
) -> None:
    """Deletes the storylines that no other session of those that are left has told, and what this
    one has told of others."""
    await tx.execute(_DELETE_TOLD_ALONE, *pair, session_id)
    await tx.execute(_DELETE_MENTIONS, *pair, session_id)
    await tx.execute(_BLANK_SESSION, *pair, session_id, revision, now)


def storyline_of(row: Row) -> Storyline:
    """A storyline out of its columns."""
    return Storyline(
        storyline_id=row["storyline_id"],
        topic=row["topic"],
        status=StorylineStatus(row["status"]),
        summary=row["summary"],
        follow_up=row["follow_up"],
        follow_up_time=row["follow_up_time"],
        summary_session_id=row["summary_session_id"],
        follow_up_session_id=row["follow_up_session_id"],
        first_session_id=row["first_session_id"],
        session_id=row["session_id"],
        first_mentioned_time=row["first_mentioned_time"],
        last_mentioned_time=row["last_mentioned_time"],
        resolve_time=row["resolve_time"],
        version=row["version"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
