"""What becomes of facts when entries that they rest on are deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.storage import idempotency
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import load
from reverie_server.tiers.facts.model import ChangeKind
from reverie_server.tiers.provenance import Source

_QUERIES: Final = load(__package__, "forgetting.sql")
_NAMING: Final = _QUERIES["naming"]
_CONFIRMED_BY: Final = _QUERIES["confirmed_by"]
_SET_EVIDENCE: Final = _QUERIES["set_evidence"]
_SET_EARLIER_EVIDENCE: Final = _QUERIES["set_earlier_evidence"]
_SET_ENTRY_IDS: Final = _QUERIES["set_entry_ids"]
_DELETIONS: Final = tuple(
    _QUERIES[name] for name in ("delete", "delete_versions", "delete_vectors", "delete_usage")
)
_STRINGS: Final = msgspec.json.Decoder(tuple[str, ...])

Owner = tuple[str, str]
"""Workspace and user."""


class FactEvidence:
    """What facts rest on. Other rooms know this as their ports."""

    async def forget_entries(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        entry_ids: Sequence[str],
        revision: int,
    ) -> list[Change]:
        """Entries are deleted in this transaction: facts no longer name them, and those that were
        derived and have no other entry go, as if nobody had ever derived them. What has confirmed
        a fact counts as its evidence, too. What gave way to one that goes stays as it is.

        The caller marks the removal and records the changes, under ``revision``.
        """
        return await forget_entries(tx, (workspace_id, user_id), entry_ids, revision)


async def forget_entries(
    tx: Transaction,
    owner: Owner,
    entry_ids: Sequence[str],
    revision: int,
    reader: Reader | None = None,
) -> list[Change]:
    """As ``FactEvidence.forget_entries``.

    Args:
        reader: facts that it may not read stay, without their entries; None: it reads all.
    """
    states = await tx.fetch(_NAMING, *owner, _json(entry_ids))
    gone = frozenset(entry_ids)
    present = [row for row in states if row["is_present"]]
    earlier = [row for row in states if not row["is_present"]]
    await tx.executemany(
        _SET_EARLIER_EVIDENCE,
        [(*owner, row["fact_id"], *_left(row, gone), row["version"]) for row in earlier],
    )
    await tx.executemany(
        _SET_EVIDENCE,
        [(*owner, row["fact_id"], *_left(row, gone), revision) for row in present],
    )
    bare = [
        row["fact_id"]
        for row in present
        if row["source"] == Source.DERIVED
        # What rests on no entry (lines were read) loses nothing with one that confirmed it.
        and _STRINGS.decode(row["entry_ids"])
        and not _without(row["entry_ids"], gone)
        and (reader is None or reader.may_read(row["persona_id"], row["visibility"]))
    ]
    heirs = await _confirmations(tx, owner, bare)
    await tx.executemany(
        _SET_ENTRY_IDS, [(*owner, fact_id, _json(ids)) for fact_id, ids in heirs.items()]
    )
    ending = {fact_id for fact_id in bare if fact_id not in heirs}
    await delete(tx, owner, ending)
    return [
        Change(
            Kind.FACT,
            row["fact_id"],
            "",
            Operation.DELETE if row["fact_id"] in ending else Operation.UPSERT,
        )
        for row in present
    ]


async def facts_naming(snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]) -> list[str]:
    """The ids of facts that name any of these entries in any of their states, in any order."""
    owner = (reader.workspace_id, reader.user_id)
    rows = await snapshot.fetch(_NAMING, *owner, _json(entry_ids))
    return list(dict.fromkeys(row["fact_id"] for row in rows))


async def _confirmations(
    tx: Transaction, owner: Owner, fact_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The entries that have confirmed these facts, by fact; those without are left out."""
    found: dict[str, list[str]] = {}
    for row in await tx.fetch(_CONFIRMED_BY, *owner, _json(fact_ids), ChangeKind.CONFIRMED):
        found[row["fact_id"]] = list(
            dict.fromkeys([*found.get(row["fact_id"], []), *_STRINGS.decode(row["entry_ids"])])
        )
    return found


async def delete(tx: Transaction, owner: Owner, fact_ids: Collection[str]) -> None:
    """Deletes facts with their versions, vectors and uses, and forgets stored answers that name
    them."""
    for statement in _DELETIONS:
        await tx.execute(statement, *owner, _json(list(fact_ids)))
    # Answers that are kept for retries repeat what they were about.
    for fact_id in fact_ids:
        await idempotency.forget_answers(tx, *owner, fact_id)


def _left(row: Row, gone: Collection[str]) -> tuple[str, str]:
    """The columns of a state's entries without those that are gone."""
    return (
        _json(_without(row["entry_ids"], gone)),
        _json(_without(row["change_entry_ids"], gone)),
    )


def _without(entry_ids: str, gone: Collection[str]) -> list[str]:
    return [each for each in _STRINGS.decode(entry_ids) if each not in gone]


def _json(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()
