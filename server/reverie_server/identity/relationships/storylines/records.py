"""What calls tell of storylines, in the transactions of those calls."""

from __future__ import annotations

from collections.abc import Sequence

from reverie_server.clock import new_id
from reverie_server.errors import InvalidArgument
from reverie_server.identity.relationships.storylines import store
from reverie_server.identity.relationships.storylines.model import (
    Mention,
    first_told,
    told_again,
    topic_key,
)
from reverie_server.identity.relationships.storylines.store import Pair
from reverie_server.storage.database import Transaction
from reverie_server.tiers.working.model import SuppliedStoryline


async def record(
    tx: Transaction, pair: Pair, storylines: Sequence[SuppliedStoryline], mention: Mention
) -> None:
    """Stores what a call has told: new topics, and more of those that are there.

    Raises:
        InvalidArgument: a topic says nothing.
    """
    for place, told in enumerate(storylines):
        if not topic_key(told.topic):
            raise InvalidArgument.of(f"storylines[{place}].topic", "says nothing")
        known = await store.get_by_topic(tx, pair, told.topic)
        storyline = (
            first_told(new_id(), told, mention)
            if known is None
            else told_again(known, told, mention)
        )
        await store.put(tx, pair, storyline)
        await store.add_mention(tx, pair, mention.session_id, storyline.storyline_id)


async def forget_session(
    tx: Transaction, pair: Pair, session_id: str, revision: int, now: int
) -> None:
    """A session is deleted: what it has told of storylines goes with it."""
    await store.forget_session(tx, pair, session_id, revision, now)
