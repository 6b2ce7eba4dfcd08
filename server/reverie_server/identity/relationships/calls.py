"""What calls leave behind in their relationship, in the transaction that ends them."""

from __future__ import annotations

from typing import Final

from reverie_server.storage.database import Transaction
from reverie_server.storage.statements import load

_ADD_CALL: Final = load(__package__, "calls.sql")["add_call"]


class CallRecords:
    """A call is a session of the pair that has ended. Other rooms know this as their ports."""

    async def add_call(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        *,
        seconds: float,
        end_time: int,
        revision: int,
        now: int,
    ) -> None:
        """Counts one call of so many seconds; the time of the last one never goes back. Without a
        relationship there is nothing to count it on.

        Args:
            end_time: of the call, microseconds, UTC.
            revision: the user's, as this transaction took it.
        """
        await tx.execute(
            _ADD_CALL, workspace_id, user_id, persona_id, seconds, end_time, revision, now
        )
