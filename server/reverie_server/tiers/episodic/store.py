"""Episodes in SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import msgspec

from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.episodic.model import Episode, SummarySource
from reverie_server.tiers.working.model import Cost, SuppliedFact, SuppliedStoryline

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_UPDATE: Final = _QUERIES["update"]
_GET_OWN: Final = _QUERIES["get_own"]
_GET_OF_SESSION: Final = _QUERIES["get_of_session"]
_GET_READABLE: Final = _QUERIES["get_readable"]
_GET_READABLE_OF_SESSION: Final = _QUERIES["get_readable_of_session"]
_READABLE_BY_IDS: Final = _QUERIES["readable_by_ids"]
_LIST_BEFORE: Final = _QUERIES["list_before"]
_RECENT_OF_PAIR: Final = _QUERIES["recent_of_pair"]
_DELETES: Final = tuple(_QUERIES[name] for name in ("delete", "delete_vector", "delete_usage"))

_SET_TOLD: Final = load(__package__, "erasure.sql")["set_told"]

_TEXTS: Final = msgspec.json.Decoder(tuple[str, ...])
_METADATA: Final = msgspec.json.Decoder(dict[str, str])
_METRICS: Final = msgspec.json.Decoder(dict[str, float])
_COST: Final = msgspec.json.Decoder(Cost | None)
_FACTS: Final = msgspec.json.Decoder(tuple[SuppliedFact, ...])
_STORYLINES: Final = msgspec.json.Decoder(tuple[SuppliedStoryline, ...])

ANY_TIME: Final = (-(2**62), 2**62)
"""A half-open interval that every time lies in."""


async def add(tx: Transaction, episode: Episode) -> None:
    """
    Raises:
        UniqueViolation: the session has an episode already.
    """
    await tx.execute(
        _ADD,
        episode.workspace_id,
        episode.user_id,
        episode.episode_id,
        episode.session_id,
        episode.persona_id,
        episode.visibility,
        episode.agent,
        episode.summary,
        episode.summary_source,
        _json(episode.summary_entry_ids),
        _json(episode.key_topics),
        _json(episode.decisions),
        _json(episode.action_items),
        episode.emotional_tone,
        episode.outcome,
        _json(episode.participants),
        _json(episode.cost),
        _json(episode.metrics),
        _json(episode.facts),
        _json(episode.storylines),
        _json(episode.supplied_fields),
        _json(episode.metadata),
        episode.entry_count,
        episode.timeline_count,
        episode.trust,
        episode.content_hash,
        episode.version,
        episode.start_time,
        episode.end_time,
        episode.create_time,
        episode.update_time,
    )


async def update(tx: Transaction, episode: Episode) -> None:
    """Stores everything of it that can change."""
    await tx.execute(
        _UPDATE,
        episode.workspace_id,
        episode.user_id,
        episode.episode_id,
        episode.visibility,
        episode.summary,
        episode.summary_source,
        _json(episode.summary_entry_ids),
        _json(episode.key_topics),
        _json(episode.decisions),
        _json(episode.action_items),
        episode.emotional_tone,
        episode.outcome,
        _json(episode.supplied_fields),
        episode.entry_count,
        episode.trust,
        episode.content_hash,
        episode.version,
        episode.update_time,
    )


async def set_told(tx: Transaction, episode: Episode) -> None:
    """Stores what a caller supplied and ``update`` leaves: facts, storylines, metadata."""
    await tx.execute(
        _SET_TOLD,
        episode.workspace_id,
        episode.user_id,
        episode.episode_id,
        _json(episode.facts),
        _json(episode.storylines),
        _json(episode.metadata),
    )


async def get_own(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, episode_id: str
) -> Episode | None:
    """None also when another persona lived it."""
    row = await snapshot.fetchrow(_GET_OWN, workspace_id, user_id, persona_id, episode_id)
    return None if row is None else _episode(row)


async def get_of_session(
    snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
) -> Episode | None:
    """Whoever lived it."""
    row = await snapshot.fetchrow(_GET_OF_SESSION, workspace_id, user_id, session_id)
    return None if row is None else _episode(row)


async def get_readable(
    snapshot: Snapshot, reader: Reader, *, episode_id: str, session_id: str
) -> Episode | None:
    """By its own id or its session's; with both given, it has to have both."""
    if episode_id:
        row = await snapshot.fetchrow(_GET_READABLE, *reader.sql, episode_id)
    else:
        row = await snapshot.fetchrow(_GET_READABLE_OF_SESSION, *reader.sql, session_id)
    if row is None or session_id not in ("", row["session_id"]):
        return None
    return _readable(row, reader)


async def readable_by_ids(
    snapshot: Snapshot, reader: Reader, episode_ids: Collection[str]
) -> dict[str, Episode]:
    """Those of them that are there and that the reader may read, by id."""
    rows = await snapshot.fetch(_READABLE_BY_IDS, *reader.sql, _json(list(episode_ids)))
    return {row["episode_id"]: _readable(row, reader) for row in rows}


async def list_before(
    snapshot: Snapshot,
    reader: Reader,
    *,
    own_only: bool,
    started: tuple[int, int],
    before: tuple[int, str] | None,
    limit: int,
) -> list[Episode]:
    """Latest start first.

    Args:
        started: half-open interval of start times.
        before: start time and id of the last episode of the page before.
    """
    rows = await snapshot.fetch(
        _LIST_BEFORE,
        *reader.sql,
        int(own_only),
        *started,
        *(before or (ANY_TIME[1], "")),
        limit,
    )
    return [_readable(row, reader) for row in rows]


async def recent_of_pair(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, limit: int
) -> list[Episode]:
    """Those that the persona lived itself, the latest start first."""
    rows = await snapshot.fetch(_RECENT_OF_PAIR, workspace_id, user_id, persona_id, limit)
    return [_episode(row) for row in rows]


async def delete(tx: Transaction, episode: Episode) -> None:
    """The episode with its vector and its usage; nothing of its session."""
    for statement in _DELETES:
        await tx.execute(statement, episode.workspace_id, episode.user_id, episode.episode_id)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _readable(row: Row, reader: Reader) -> Episode:
    """As the reader may see it: storylines are private to the pair even where episodes are not."""
    episode = _episode(row)
    return episode if row["persona_id"] == reader.persona_id else replace(episode, storylines=())


def _episode(row: Row) -> Episode:
    return Episode(
        workspace_id=row["workspace_id"],
        user_id=row["user_id"],
        persona_id=row["persona_id"],
        episode_id=row["episode_id"],
        session_id=row["session_id"],
        visibility=Visibility(row["visibility"]),
        agent=row["agent"],
        summary=row["summary"],
        summary_source=SummarySource(row["summary_source"]),
        summary_entry_ids=_TEXTS.decode(row["summary_entry_ids"]),
        key_topics=_TEXTS.decode(row["key_topics"]),
        decisions=_TEXTS.decode(row["decisions"]),
        action_items=_TEXTS.decode(row["action_items"]),
        emotional_tone=row["emotional_tone"],
        outcome=row["outcome"],
        participants=_TEXTS.decode(row["participants"]),
        cost=_COST.decode(row["cost"]),
        metrics=_METRICS.decode(row["metrics"]),
        facts=_FACTS.decode(row["facts"]),
        storylines=_STORYLINES.decode(row["storylines"]),
        supplied_fields=_TEXTS.decode(row["supplied_fields"]),
        metadata=_METADATA.decode(row["metadata"]),
        entry_count=row["entry_count"],
        timeline_count=row["timeline_count"],
        trust=row["trust"],
        version=row["version"],
        start_time=row["start_time"],
        end_time=row["end_time"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
