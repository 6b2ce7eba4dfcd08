"""How often, how long and when last a persona talked to a user."""

from __future__ import annotations

from typing import Final

from reverie_server.storage.database import Transaction
from reverie_server.storage.statements import load

_ADD_CALL: Final = load(__package__, "counters.sql")["add_call"]


class CallCounters:
    """Counts calls on their relationships."""

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
        """Counts one call of so many seconds; the time of the last one never goes back.

        Args:
            end_time: of the call, microseconds, UTC.
            revision: the user's, as this transaction took it.
        """
        await tx.execute(
            _ADD_CALL, workspace_id, user_id, persona_id, seconds, end_time, revision, now
        )
