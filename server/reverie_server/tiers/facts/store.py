"""Facts in SQL: each as it is in one table, the states that it was in before in another."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.statements import load
from reverie_server.tiers.facts.graph import Triple
from reverie_server.tiers.facts.model import ChangeKind, Fact, FactFilter, Scope, Sensitivity
from reverie_server.tiers.facts.predicates import comparable, competing
from reverie_server.tiers.facts.staleness import staleness
from reverie_server.tiers.facts.wording import named, predicate_name, subject_key
from reverie_server.tiers.prefixes import after_prefix
from reverie_server.tiers.provenance import QUARANTINE_BELOW, Source, content_hash

_QUERIES: Final = load(__package__, "queries.sql")
_GET: Final = _QUERIES["get"]
_BY_IDS: Final = _QUERIES["by_ids"]
_BY_IDS_KNOWN_AT: Final = _QUERIES["by_ids_known_at"]
_TIMELINE: Final = _QUERIES["timeline"]
_EVIDENCE_OF_SLOT: Final = _QUERIES["evidence_of_slot"]
_BEGINNING_WITH: Final = _QUERIES["beginning_with"]
_LIST: Final = _QUERIES["list_before"]
_LIST_KNOWN_AT: Final = _QUERIES["list_before_known_at"]
_HISTORY: Final = _QUERIES["history"]
_SUPERSEDED_BY: Final = _QUERIES["superseded_by"]
_TRIPLES: Final = _QUERIES["triples"]
_KEPT_OUT: Final = _QUERIES["kept_out"]
_ADD: Final = _QUERIES["add"]
_KEEP_REPLACED: Final = _QUERIES["keep_replaced"]
_REPLACE: Final = _QUERIES["replace"]

_TELLING: Final = frozenset({ChangeKind.ADDED, ChangeKind.CONFIRMED})
"""The changes whose entries say the fact itself."""
MOST_TRIPLES: Final = 10_000
"""What a graph is made of, at most."""
_STRINGS: Final = msgspec.json.Decoder(tuple[str, ...])
_METADATA: Final = msgspec.json.Decoder(dict[str, str])


async def get(snapshot: Snapshot, reader: Reader, fact_id: str) -> Fact | None:
    row = await snapshot.fetchrow(_GET, *reader.sql, fact_id)
    return None if row is None else fact_of(row)


async def by_ids(
    snapshot: Snapshot, reader: Reader, fact_ids: Sequence[str], known_at: int | None = None
) -> dict[str, Fact]:
    """Those that are there and the reader's to see, by id; as they were known then, if ever."""
    ids = _json(fact_ids)
    if known_at is None:
        rows = await snapshot.fetch(_BY_IDS, *reader.sql, ids)
        return {row["fact_id"]: fact_of(row) for row in rows}
    rows = await snapshot.fetch(_BY_IDS_KNOWN_AT, *reader.sql, ids, known_at)
    return {row["fact_id"]: _as_known(row, known_at) for row in rows}


async def timeline(snapshot: Snapshot, reader: Reader, fact: Fact) -> list[Fact]:
    """What the reader may read in a fact's slot that matters to it, by when it begins: what holds
    when the fact begins or later, and what never counted of those that say the same. What was
    retracted is not in it, nor what has predicates that may count beside its own; the fact itself
    may be."""
    rows = await snapshot.fetch(
        _TIMELINE,
        *reader.sql,
        fact.subject_key,
        fact.slot,
        fact.valid_from,
        fact.predicate_key,
        fact.object_key,
        _json(sorted(competing(fact.predicate_key))),
    )
    return [fact_of(row) for row in rows]


async def named_things(snapshot: Snapshot, reader: Reader, fact: Fact) -> list[Fact]:
    """Of a fact about a thing, those about one such thing with a name that hold when it begins."""
    found: list[Fact] = []
    for prefix in named(fact.slot):
        rows = await snapshot.fetch(
            _BEGINNING_WITH,
            *reader.sql,
            fact.subject_key,
            prefix,
            after_prefix(prefix),
            fact.valid_from,
            _json(sorted(competing(fact.predicate_key))),
        )
        found += (fact_of(row) for row in rows)
    return found


async def told_by(
    snapshot: Snapshot, reader: Reader, fact: Fact, *, negated: bool
) -> dict[str, str]:
    """The entries that have told this fact before, retracted or not, or that have ended it, and
    which fact it was then."""
    found: dict[str, str] = {}
    rows = await snapshot.fetch(_EVIDENCE_OF_SLOT, *reader.sql, fact.subject_key, fact.slot)
    for row in rows:
        change = ChangeKind(row["change"])
        same_thing = row["object_key"] == fact.object_key
        changed_by = _STRINGS.decode(row["change_entry_ids"])
        if negated:
            is_told = change is ChangeKind.ENDED and (same_thing or not fact.object_key)
            told = changed_by if is_told else ()
        elif same_thing and row["predicate_key"] == fact.predicate_key:
            again = changed_by if change in _TELLING else ()
            told = (*_STRINGS.decode(row["entry_ids"]), *again)
        else:
            told = ()
        found |= dict.fromkeys(told, str(row["fact_id"]))
    return found


async def list_before(
    snapshot: Snapshot, reader: Reader, before: str, where: FactFilter, as_of: int, limit: int
) -> list[Fact]:
    """The latest first, from the id ``before`` on (empty: from the start)."""
    conditions = (
        before,
        where.category,
        comparable(predicate_name(where.predicate)),
        subject_key(where.subject) if where.subject else "",
        where.scope or 0,
        int(not where.include_past),
        as_of,
        0.0 if where.include_quarantined else QUARANTINE_BELOW,
        limit,
    )
    known_at = where.known_at
    if known_at is None:
        return [fact_of(row) for row in await snapshot.fetch(_LIST, *reader.sql, *conditions)]
    rows = await snapshot.fetch(_LIST_KNOWN_AT, *reader.sql, *conditions, known_at)
    return [_as_known(row, known_at) for row in rows]


async def history(
    snapshot: Snapshot, reader: Reader, fact_id: str, before: int, limit: int
) -> list[Fact]:
    """The states of a fact whose version is below ``before``, latest first."""
    rows = await snapshot.fetch(_HISTORY, *reader.sql, fact_id, before, limit)
    return [fact_of(row) for row in rows]


async def triples(snapshot: Snapshot, reader: Reader, as_of: int) -> list[Triple]:
    """Of the facts with a predicate that are true then and not quarantined, in the order in which
    they were stored; only the latest of very many."""
    rows = await snapshot.fetch(_TRIPLES, *reader.sql, as_of, QUARANTINE_BELOW, MOST_TRIPLES)
    return [
        Triple(
            fact_id=row["fact_id"],
            subject=row["subject"],
            subject_key=row["subject_key"],
            predicate=row["predicate"],
            predicate_key=row["predicate_key"],
            object=row["object"],
            object_key=row["object_key"],
            slot=row["slot"],
            certainty=row["confidence"] * row["staleness"],
        )
        for row in reversed(rows)
    ]


async def kept_out(snapshot: Snapshot, reader: Reader, limit: int) -> list[Fact]:
    """Facts that a surer one keeps out, the latest stored first."""
    return [fact_of(row) for row in await snapshot.fetch(_KEPT_OUT, *reader.sql, limit)]


async def superseded_by(
    snapshot: Snapshot, reader: Reader, fact_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The ids of those that gave way to these facts, by theirs; those without are left out."""
    rows = await snapshot.fetch(_SUPERSEDED_BY, *reader.sql, _json(fact_ids))
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["superseded_by"]].append(row["fact_id"])
    return dict(found)


async def add(tx: Transaction, workspace_id: str, user_id: str, facts: Sequence[Fact]) -> None:
    """Stores facts that are not there."""
    await tx.executemany(_ADD, [_columns(workspace_id, user_id, fact) for fact in facts])


async def replace(tx: Transaction, workspace_id: str, user_id: str, facts: Sequence[Fact]) -> None:
    """Stores the next version of facts that are there, and keeps the one before."""
    await tx.executemany(
        _KEEP_REPLACED,
        [(workspace_id, user_id, fact.fact_id, fact.update_time) for fact in facts],
    )
    await tx.executemany(_REPLACE, [_columns(workspace_id, user_id, fact) for fact in facts])


def _columns(workspace_id: str, user_id: str, fact: Fact) -> tuple[Value, ...]:
    return (
        workspace_id,
        user_id,
        fact.fact_id,
        fact.version,
        fact.persona_id,
        fact.visibility,
        fact.scope,
        fact.statement,
        fact.category,
        fact.subject,
        fact.predicate,
        fact.object,
        fact.subject_key,
        fact.predicate_key,
        fact.object_key,
        fact.slot,
        fact.confidence,
        fact.staleness,
        fact.importance,
        fact.sensitivity,
        int(fact.pinned),
        fact.valid_from,
        fact.valid_to,
        fact.stated_to,
        fact.retracted_time,
        fact.superseded_by,
        fact.confirm_count,
        fact.last_confirmed_time,
        fact.session_id,
        _json(fact.entry_ids),
        fact.source,
        fact.trust,
        msgspec.json.encode(fact.metadata).decode(),
        _hash(fact),
        fact.change,
        fact.change_fact_id,
        _json(fact.change_entry_ids),
        fact.revision,
        fact.create_time,
        fact.update_time,
    )


def _as_known(row: Row, known_at: int) -> Fact:
    """A state with the age that it had then. A row keeps only the age that its state came to:
    growing old is no version."""
    fact = fact_of(row)
    ends = [end for end in (known_at, fact.valid_to, fact.retracted_time) if end is not None]
    age = min(ends) - fact.last_confirmed_time
    factor = 1.0 if fact.pinned else staleness(fact.predicate, fact.confidence, age)
    return dataclasses.replace(fact, staleness=factor)


def _hash(fact: Fact) -> str:
    """Over what the index has of a fact."""
    return content_hash(
        fact.statement,
        fact.persona_id,
        fact.visibility,
        fact.session_id,
        fact.valid_from,
        fact.trust,
    )


def _json(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()


def fact_of(row: Row) -> Fact:
    """A fact out of a row of either table."""
    return Fact(
        fact_id=row["fact_id"],
        persona_id=row["persona_id"],
        visibility=Visibility(row["visibility"]),
        scope=Scope(row["scope"]),
        statement=row["statement"],
        category=row["category"],
        subject=row["subject"],
        predicate=row["predicate"],
        object=row["object"],
        subject_key=row["subject_key"],
        predicate_key=row["predicate_key"],
        object_key=row["object_key"],
        slot=row["slot"],
        confidence=row["confidence"],
        staleness=row["staleness"],
        importance=row["importance"],
        sensitivity=Sensitivity(row["sensitivity"]),
        pinned=bool(row["pinned"]),
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        stated_to=row["stated_to"],
        retracted_time=row["retracted_time"],
        superseded_by=row["superseded_by"],
        confirm_count=row["confirm_count"],
        last_confirmed_time=row["last_confirmed_time"],
        session_id=row["session_id"],
        entry_ids=_STRINGS.decode(row["entry_ids"]),
        source=Source(row["source"]),
        trust=row["trust"],
        metadata=_METADATA.decode(row["metadata"]),
        change=ChangeKind(row["change"]),
        change_fact_id=row["change_fact_id"],
        change_entry_ids=_STRINGS.decode(row["change_entry_ids"]),
        version=row["version"],
        revision=row["revision"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
