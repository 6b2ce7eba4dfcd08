"""Templates that a user had forgotten do not come back."""

from __future__ import annotations

from reverie_server.errors import FailedPrecondition
from reverie_server.storage import tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.tombstones import Claim, Learner
from reverie_server.tiers.marks import procedure_mark
from reverie_server.tiers.procedural.model import Place, ProcedureDraft


async def require_unforgotten(
    tx: Transaction, place: Place, key: str, draft: ProcedureDraft
) -> None:
    """With ``remember_again`` it is forgotten no more.

    Raises:
        FailedPrecondition: the user had this template forgotten (MEMORY_FORGOTTEN).
    """
    learner = Learner(place.workspace_id, place.user_id, place.persona_id, shared=False)
    marks = [procedure_mark(key, draft.template)]
    if draft.remember_again:
        await tombstones.lift(tx, learner, marks)
    elif await tombstones.barred(tx, learner, {key: Claim(marks, None)}):
        raise FailedPrecondition("the user had this procedure forgotten", reason="MEMORY_FORGOTTEN")
