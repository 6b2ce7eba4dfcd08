"""Facts in brief, for whoever reads all of them at once: a third of the work of reading them
whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from reverie_server.scope import Reader
from reverie_server.storage.database import Row, Snapshot
from reverie_server.storage.statements import load
from reverie_server.tiers.facts.model import Scope
from reverie_server.tiers.provenance import QUARANTINE_BELOW, Source

_STATEMENTS: Final = load(__package__, "brief.sql")
_TRUE_AT: Final = _STATEMENTS["true_at"]
_PINNED_AT: Final = _STATEMENTS["pinned_at"]
_OF_PREDICATES_AT: Final = _STATEMENTS["of_predicates_at"]


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
    return _facts(await snapshot.fetch(_TRUE_AT, *reader.sql, time, QUARANTINE_BELOW, limit))


async def pinned_at(snapshot: Snapshot, reader: Reader, time: int, limit: int) -> list[BriefFact]:
    """Of those the pinned ones, however many were stored since."""
    return _facts(await snapshot.fetch(_PINNED_AT, *reader.sql, time, QUARANTINE_BELOW, limit))


async def of_predicates_at(
    snapshot: Snapshot, reader: Reader, time: int, predicate_keys: Sequence[str], limit: int
) -> list[BriefFact]:
    """Of those the ones of these predicates, what the application told before what was derived."""
    keys = json.dumps(list(predicate_keys))
    rows = await snapshot.fetch(
        _OF_PREDICATES_AT,
        *reader.sql,
        time,
        QUARANTINE_BELOW,
        limit,
        keys,
        Source.APPLICATION,
    )
    return _facts(rows)


def _facts(rows: Iterable[Row]) -> list[BriefFact]:
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
