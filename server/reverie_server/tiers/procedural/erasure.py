"""Procedures of a relationship that a user has forgotten."""

from __future__ import annotations

from typing import Final

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.storage import ownership
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.tiers.forgotten import ForgottenItem
from reverie_server.tiers.marks import procedure_mark
from reverie_server.tiers.procedural import store

_VERSIONS: Final = 2**62
"""More than a procedure has."""


class ProcedureErasure:
    """Other rooms know this as their port. Who calls takes the revision, marks the removal and
    records the changes."""

    async def remove(
        self, tx: Transaction, reader: Reader, memory_id: str, _revision: int, _now: int
    ) -> ForgottenItem | None:
        """Deletes a procedure of the relationship with all its versions; None: the pair has no
        such one."""
        found = (await store.by_memory_ids(tx, reader, [memory_id])).get(memory_id)
        if found is None:
            return None
        place, key = found.place, found.key
        versions = await store.versions_before(tx, place, key, _VERSIONS, _VERSIONS)
        await store.delete(tx, place, key)
        owner = (reader.workspace_id, reader.user_id)
        await ownership.delete_traces(tx, *owner, Kind.PROCEDURE, [memory_id])
        return ForgottenItem(
            False,
            tuple(procedure_mark(key, each.draft.template) for each in versions),
            (Change(Kind.PROCEDURE, memory_id, "", Operation.DELETE),),
        )
