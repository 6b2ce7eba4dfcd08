"""What calls leave behind in their relationship, in the transaction that ends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from reverie_server.identity.relationships import store
from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.identity.relationships.storylines import records
from reverie_server.identity.relationships.storylines.model import Mention
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.working.model import SuppliedStoryline

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

    async def memory_config(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str
    ) -> MemoryConfig | None:
        """What may be remembered of the pair; None without a relationship."""
        return await store.memory_config(snapshot, workspace_id, user_id, persona_id)

    async def record_storylines(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        storylines: Sequence[SuppliedStoryline],
        *,
        session_id: str,
        mention_time: int,
        revision: int,
        now: int,
    ) -> None:
        """Makes what a call has told of storylines the relationship's. Without a relationship
        there is none to make it.

        Raises:
            InvalidArgument: a topic says nothing.
        """
        pair = (workspace_id, user_id, persona_id)
        if storylines and await store.exists(tx, *pair):
            mention = Mention(session_id, mention_time, revision, now)
            await records.record(tx, pair, storylines, mention)

    async def forget_session(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        revision: int,
        now: int,
    ) -> None:
        """A session is deleted: what it has told of storylines goes with it. The call counts on."""
        pair = (workspace_id, user_id, persona_id)
        await records.forget_session(tx, pair, session_id, revision, now)
