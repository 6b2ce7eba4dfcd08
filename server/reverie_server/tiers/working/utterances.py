"""Sessions as a fact extractor reads them."""

from __future__ import annotations

from reverie_server.language.fact_extractor import Utterance
from reverie_server.storage.database import Snapshot
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working import entry_store
from reverie_server.tiers.working.screening import legible
from reverie_server.tiers.working.summaries import Place, speakers_of


async def utterances_of(snapshot: Snapshot, place: Place) -> list[Utterance]:
    """A session's own entries in order. Copies of another session's were read there; what the
    application tells the persona is nobody's word.
    """
    speakers = await speakers_of(snapshot, place)
    return [
        Utterance(
            entry_id=entry.entry_id,
            role=entry.role.name.lower(),
            speaker=speakers.name(entry.role, entry.speaker),
            content=entry.content,
            event_time=entry.event_time,
            by_user=entry.role is Role.USER,
        )
        for entry in await legible(snapshot, place[:2], await entry_store.list_all(snapshot, place))
        if entry.role is not Role.SYSTEM and not entry.copied_from_entry_id
    ]
