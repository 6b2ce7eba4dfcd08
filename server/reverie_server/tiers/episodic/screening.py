"""Conversations that are brought in, without what the user had forgotten since they happened."""

from __future__ import annotations

from dataclasses import replace

from reverie_server.errors import FailedPrecondition
from reverie_server.scope import Visibility
from reverie_server.storage import tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.tombstones import Claim, Learner, Mark
from reverie_server.tiers.episodic.model import NewEpisode
from reverie_server.tiers.marks import conversation_mark, session_mark
from reverie_server.tiers.working.screening import (
    marks_of_conversation,
    screened_entries,
    screened_supply,
)


async def without_forgotten(
    tx: Transaction, pair: tuple[str, str, str], visibility: Visibility, new: NewEpisode
) -> NewEpisode:
    """What is left of a conversation. With ``remember_again`` all of it, and it is forgotten no
    more.

    Args:
        pair: workspace, user, and the persona that had it.
        visibility: that it is to have.

    Raises:
        FailedPrecondition: it was forgotten as a whole, or nothing of it is left
            (MEMORY_FORGOTTEN).
    """
    learner = Learner(*pair, shared=visibility is Visibility.SHARED)
    whole = _marks(new)
    if new.remember_again:
        parts = marks_of_conversation(new.entries, new.supplied)
        await tombstones.lift(tx, learner, [*whole, *parts])
        return new
    if await tombstones.barred(tx, learner, {new.session_id: Claim(whole, new.start_time)}):
        raise _forgotten()
    left = replace(
        new,
        entries=await screened_entries(tx, learner, new.entries, new.start_time),
        supplied=await screened_supply(tx, learner, new.supplied, new.start_time),
    )
    if not left.entries and not (left.supplied.summary or "").strip():
        raise _forgotten()
    return left


def _marks(new: NewEpisode) -> list[Mark]:
    contents = [entry.content for entry in new.entries]
    marks = [conversation_mark(new.start_time, new.supplied.summary or "", contents)]
    return [*marks, session_mark(new.session_id)] if new.session_id else marks


def _forgotten() -> FailedPrecondition:
    return FailedPrecondition("the user had this conversation forgotten", reason="MEMORY_FORGOTTEN")
