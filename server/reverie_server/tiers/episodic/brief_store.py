"""The last calls in brief, for whoever shows their summaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot
from reverie_server.storage.statements import load
from reverie_server.tiers.provenance import QUARANTINE_BELOW

_LAST_CALLS: Final = load(__package__, "brief.sql")["last_calls"]


@dataclass(frozen=True, slots=True)
class BriefCall:
    """See ``model.Episode``."""

    episode_id: str
    summary: str
    start_time: int


async def last_calls(
    snapshot: Snapshot, reader: Reader, before: int, limit: int
) -> list[BriefCall]:
    """The pair's own that have a summary and are not quarantined, the latest start first."""
    pair = (reader.workspace_id, reader.user_id, reader.persona_id)
    rows = await snapshot.fetch(_LAST_CALLS, *pair, before, QUARANTINE_BELOW, limit)
    return [BriefCall(row["episode_id"], row["summary"], row["start_time"]) for row in rows]
