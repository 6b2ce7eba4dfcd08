"""Documents that a user had forgotten do not come back."""

from __future__ import annotations

from reverie_server.errors import FailedPrecondition
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.tombstones import Claim, Learner
from reverie_server.tiers.marks import document_mark
from reverie_server.tiers.semantic.model import Document


async def require_unforgotten(
    tx: Transaction, reader: Reader, document: Document, *, lift: bool
) -> None:
    """
    Args:
        lift: it is forgotten no more.

    Raises:
        FailedPrecondition: the user had a document of this content forgotten (MEMORY_FORGOTTEN).
    """
    shared = reader.reads_shared and document.stamp.visibility is Visibility.SHARED
    learner = Learner(reader.workspace_id, reader.user_id, reader.persona_id, shared)
    marks = [document_mark(document.content)]
    if lift:
        await tombstones.lift(tx, learner, marks)
    elif await tombstones.barred(tx, learner, {"": Claim(marks, None)}):
        raise FailedPrecondition(
            "the user had a document of this content forgotten", reason="MEMORY_FORGOTTEN"
        )
