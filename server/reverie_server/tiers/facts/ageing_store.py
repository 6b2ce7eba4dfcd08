"""What age takes from facts, in SQL. It is no new version: nobody has said anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.facts.predicates import STALE_AFTER_DAYS

_QUERIES: Final = load(__package__, "ageing.sql")
_AGEING_AFTER: Final = _QUERIES["ageing_after"]
_SET_STALENESS: Final = _QUERIES["set_staleness"]
_PREDICATES: Final = msgspec.json.encode(sorted(STALE_AFTER_DAYS)).decode()


@dataclass(frozen=True, slots=True)
class AgedFact:
    """A fact as far as its age matters."""

    owner: tuple[str, str]
    """Workspace and user."""
    fact_id: str
    predicate: str
    confidence: float
    staleness: float
    pinned: bool
    last_told_time: int
    """When it was last said that it is so: an entry may tell today what has been so for years."""
    version: int


async def ageing_after(
    snapshot: Snapshot, after: tuple[str, str, str], now: int, limit: int
) -> list[AgedFact]:
    """Facts of every owner whose predicate ages and that have not ended, by owner and id."""
    rows = await snapshot.fetch(_AGEING_AFTER, *after, now, _PREDICATES, limit)
    return [
        AgedFact(
            owner=(row["workspace_id"], row["user_id"]),
            fact_id=row["fact_id"],
            predicate=row["predicate"],
            confidence=row["confidence"],
            staleness=row["staleness"],
            pinned=bool(row["pinned"]),
            last_told_time=max(row["last_confirmed_time"], row["said_time"] or 0),
            version=row["version"],
        )
        for row in rows
    ]


async def set_staleness(tx: Transaction, fact: AgedFact, staleness: float, revision: int) -> bool:
    """Whether the fact is still the version that was looked at."""
    return bool(
        await tx.execute(
            _SET_STALENESS, *fact.owner, fact.fact_id, fact.version, staleness, revision
        )
    )
