"""Facts that a user has forgotten: found with all that says the same, and gone with their past."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import load
from reverie_server.tiers.facts import forgetting, store
from reverie_server.tiers.facts.marks import marks_of
from reverie_server.tiers.facts.model import ChangeKind, Fact
from reverie_server.tiers.facts.predicates import are_similar
from reverie_server.tiers.forgotten import ForgottenFacts
from reverie_server.tiers.provenance import Source
from reverie_server.tiers.quotes import Quotes, names_in, quotes_of

_QUERIES: Final = load(__package__, "erasure.sql")
_OF_THING: Final = _QUERIES["of_thing"]
_OF_SESSIONS: Final = _QUERIES["of_sessions"]
_STATES: Final = _QUERIES["states"]
_NAMES: Final = _QUERIES["names"]
_STRINGS: Final = msgspec.json.Decoder(tuple[str, ...])


class FactErasure:
    """Other rooms know this as their port. Who calls takes the revision, marks the removal and
    records the changes."""

    async def saying_the_same(
        self, snapshot: Snapshot, reader: Reader, fact_id: str
    ) -> ForgottenFacts | None:
        """A fact and the others that say the same of the same, whenever they were true, of those
        that the reader may read. None: it may read no such fact."""
        fact = await store.get(snapshot, reader, fact_id)
        if fact is None:
            return None
        rows = await snapshot.fetch(
            _OF_THING, *reader.sql, fact.subject_key, fact.slot, fact.object_key
        )
        ids = [
            row["fact_id"]
            for row in rows
            if are_similar(row["predicate_key"], fact.predicate_key) and row["fact_id"] != fact_id
        ]
        return await self._read(snapshot, reader, [fact_id, *ids])

    async def derived_from(
        self,
        snapshot: Snapshot,
        reader: Reader,
        forgotten: ForgottenFacts,
        session_ids: Collection[str],
    ) -> ForgottenFacts:
        """Facts of the same subject that were told or extracted in these sessions and rest on
        nothing but what those forgotten rest on: those that name what they lead to, or that repeat
        them."""
        rows = await snapshot.fetch(_OF_SESSIONS, *reader.sql, _json(sorted(session_ids)))
        ids = [row["fact_id"] for row in rows if row["fact_id"] not in forgotten.fact_ids]
        found = await store.by_ids(snapshot, reader, ids)
        resting = [
            fact.fact_id
            for fact in found.values()
            if fact.subject_key in forgotten.subjects and _rests_on(fact, forgotten)
        ]
        return await self._read(snapshot, reader, resting)

    async def naming(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[ForgottenFacts]:
        """Derived facts that name any of these entries, each by itself, as far as the reader may
        read them."""
        ids = await forgetting.facts_naming(snapshot, reader, entry_ids)
        found = await store.by_ids(snapshot, reader, ids)
        derived = [each.fact_id for each in found.values() if each.source is Source.DERIVED]
        return [await self._read(snapshot, reader, [each]) for each in derived]

    async def remove(
        self, tx: Transaction, reader: Reader, fact_ids: Collection[str]
    ) -> list[Change]:
        """Deletes facts with their versions, vectors, uses and stored answers."""
        await forgetting.delete(tx, (reader.workspace_id, reader.user_id), fact_ids)
        return [Change(Kind.FACT, each, "", Operation.DELETE) for each in fact_ids]

    async def forget_entries(
        self, tx: Transaction, reader: Reader, entry_ids: Sequence[str], revision: int
    ) -> list[Change]:
        """As ``FactEvidence.forget_entries``; what the reader may not read stays, and no longer
        names the entries."""
        return await forgetting.forget_entries(
            tx, (reader.workspace_id, reader.user_id), entry_ids, revision, reader
        )

    async def _read(
        self, snapshot: Snapshot, reader: Reader, fact_ids: Sequence[str]
    ) -> ForgottenFacts:
        if not fact_ids:
            return ForgottenFacts()
        facts = await store.by_ids(snapshot, reader, fact_ids)
        owner = (reader.workspace_id, reader.user_id)
        states = await snapshot.fetch(_STATES, *owner, _json(fact_ids))
        entry_ids = dict.fromkeys(each for row in states for each in _entry_ids(row))
        sessions = {row["session_id"] for row in states if row["session_id"]}
        return ForgottenFacts(
            fact_ids=tuple(each for each in fact_ids if each in facts),
            shared=any(each.visibility is Visibility.SHARED for each in facts.values()),
            entry_ids=tuple(entry_ids),
            session_ids=frozenset(sessions),
            subjects=frozenset(each.subject_key for each in facts.values()),
            quotes=_quotes(list(facts.values()), states, await _names(snapshot, reader)),
            marks=tuple(
                mark
                for fact in facts.values()
                for mark in marks_of(
                    fact, [row["statement"] for row in states if row["fact_id"] == fact.fact_id]
                )
            ),
            statements=tuple(dict.fromkeys(row["statement"] for row in states)),
        )


async def _names(snapshot: Snapshot, reader: Reader) -> list[str]:
    """What the two are called, who are in everything that is said."""
    pair = (reader.user_id, reader.persona_id)
    rows = await snapshot.fetch(_NAMES, reader.workspace_id, *pair)
    return [*pair, *(row["name"] for row in rows)]


def _quotes(facts: Sequence[Fact], states: Sequence[Row], known: Sequence[str]) -> Quotes:
    """What repeats these facts. Where nobody has said what one leads to, it is what it names."""
    relations = [f"{each.predicate.replace('_', ' ')} {each.object}" for each in facts]
    statements = [row["statement"] for row in states]
    things = [row["object"] for row in states]
    for row in states:
        if not row["object"]:
            things += names_in(row["statement"], known)
    return quotes_of([*statements, *(each for each in relations if each.strip())], things)


def _rests_on(fact: Fact, forgotten: ForgottenFacts) -> bool:
    if not set(fact.entry_ids) <= set(forgotten.entry_ids):
        return False
    said = f"{fact.statement} {fact.object}"
    if fact.source is Source.DERIVED and fact.entry_ids:
        return forgotten.quotes.names(said)
    return forgotten.quotes.repeats(said)


def _entry_ids(row: Row) -> tuple[str, ...]:
    """What it rests on, and what confirmed it; what changed it otherwise says something else."""
    rests_on = _STRINGS.decode(row["entry_ids"])
    if row["change"] != ChangeKind.CONFIRMED:
        return rests_on
    return (*rests_on, *_STRINGS.decode(row["change_entry_ids"]))


def _json(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()
