"""Documents that a user has forgotten."""

from __future__ import annotations

from typing import Final

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import idempotency, ownership
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import load
from reverie_server.tiers.forgotten import ForgottenItem
from reverie_server.tiers.marks import document_mark
from reverie_server.tiers.semantic import store

_CONTENTS: Final = load(__package__, "erasure.sql")["contents"]


class DocumentErasure:
    """Other rooms know this as their port. Who calls takes the revision, marks the removal and
    records the changes."""

    async def remove(
        self, tx: Transaction, reader: Reader, document_id: str, _revision: int, _now: int
    ) -> ForgottenItem | None:
        """Deletes a document with all its versions; None: the reader may read no such one."""
        document = await store.get(tx, reader, document_id)
        if document is None:
            return None
        owner = (reader.workspace_id, reader.user_id)
        rows = await tx.fetch(_CONTENTS, *owner, document_id)
        await store.delete(tx, *owner, document_id)
        await ownership.delete_traces(tx, *owner, Kind.DOCUMENT, [document_id])
        await idempotency.forget_answers(tx, *owner, document_id)
        return ForgottenItem(
            document.stamp.visibility is Visibility.SHARED,
            tuple(document_mark(row["content"]) for row in rows),
            (Change(Kind.DOCUMENT, document_id, "", Operation.DELETE),),
        )
