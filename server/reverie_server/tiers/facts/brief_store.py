"""Facts in brief, for whoever reads all of them at once: a third of the work of reading them
whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.scope import Reader
from reverie_server.storage.database import Snapshot
from reverie_server.storage.statements import load
from reverie_server.tiers.facts.model import Scope
from reverie_server.tiers.provenance import QUARANTINE_BELOW, Source

_TRUE_AT: Final = load(__package__, "brief.sql")["true_at"]


@dataclass(frozen=True, slots=True)
class BriefFact:
    """See ``model.Fact``."""

    fact_id: str
    scope: Scope
    statement: str
    category: str
    subject: str
    predicate_key: str
    object: str
    importance: float
    pinned: bool
    source: Source


async def true_at(snapshot: Snapshot, reader: Reader, time: int, limit: int) -> list[BriefFact]:
    """What the reader may read, is true then and is not quarantined, the latest stored first."""
    rows = await snapshot.fetch(_TRUE_AT, *reader.sql, time, QUARANTINE_BELOW, limit)
    return [
        BriefFact(
            row["fact_id"],
            Scope(row["scope"]),
            row["statement"],
            row["category"],
            row["subject"],
            row["predicate_key"],
            row["object"],
            row["importance"],
            bool(row["pinned"]),
            Source(row["source"]),
        )
        for row in rows
    ]
