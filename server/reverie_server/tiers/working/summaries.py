"""Sessions as a summariser reads them, and what it makes of them as they stand."""

from __future__ import annotations

from collections.abc import Sequence

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.errors import NotFound
from reverie_server.language.summarizer import Summarizer, Turn
from reverie_server.storage.database import Database, Snapshot
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working import access, entry_store, store
from reverie_server.tiers.working.model import Entry, SessionKey, SessionSummary
from reverie_server.tiers.working.screening import legible

Place = tuple[str, str, str]


class Speakers:
    """What those who speak in a session are called."""

    def __init__(self, user: str, persona: str) -> None:
        self._by_role = {Role.USER: user, Role.ASSISTANT: persona}

    def name(self, role: Role, speaker: str) -> str:
        """The name that an entry gives, else that of the user or the persona; empty for what
        nobody says.
        """
        return speaker or self._by_role.get(role, "")


class Summaries:
    """Summarises sessions. Those of others are NotFound."""

    def __init__(self, db: Database, clock: Clock, summarizer: Summarizer) -> None:
        self._db = db
        self._clock = clock
        self._summarizer = summarizer

    async def summarize(
        self,
        key: SessionKey,
        *,
        entry_ids: Sequence[str] = (),
        timeline: str = "",
        instructions: str = "",
        max_sentences: int | None = None,
    ) -> SessionSummary:
        """Summarises a session as it stands, or some entries or one timeline of it. Stores
        nothing.

        Raises:
            NotFound: the session, or one of the entries in it.
            FailedPrecondition: SESSION_EXPIRED.
            Unavailable: PROVIDER_UNAVAILABLE.
        """
        now = self._clock.now()

        async def work(snapshot: Snapshot) -> tuple[list[Entry], list[Turn]]:
            await access.readable(snapshot, key, now)
            entries = await entry_store.list_all(snapshot, key.sql, timeline=timeline)
            chosen = _chosen(entries, entry_ids) if entry_ids else _spoken(entries)
            return chosen, await _turns(snapshot, key.sql, chosen)

        entries, turns = await self._db.read(work)
        made = await self._summarizer.summarize(
            turns, instructions=instructions, max_sentences=max_sentences
        )
        times = [entry.event_time for entry in entries]
        return SessionSummary(
            summary=made.summary,
            entry_ids=made.entry_ids,
            key_topics=made.key_topics,
            decisions=made.decisions,
            action_items=made.action_items,
            emotional_tone=made.emotional_tone,
            entry_count=len(entries),
            timeline_count=len({entry.timeline for entry in entries}),
            duration_seconds=(max(times) - min(times)) / MICROSECONDS if times else 0.0,
            summarizer=self._summarizer.name,
        )


async def turns_of(snapshot: Snapshot, place: Place) -> list[Turn]:
    """A session's entries in order, as a summariser reads them."""
    return await _turns(snapshot, place, _spoken(await entry_store.list_all(snapshot, place)))


async def speakers_of(snapshot: Snapshot, place: Place) -> Speakers:
    return Speakers(*await store.speaker_names(snapshot, place))


def _spoken(entries: Sequence[Entry]) -> list[Entry]:
    """Without the application's instructions, which are no part of what happened."""
    return [entry for entry in entries if entry.role is not Role.SYSTEM]


def _chosen(entries: Sequence[Entry], entry_ids: Sequence[str]) -> list[Entry]:
    wanted = dict.fromkeys(entry_ids)
    there = {entry.entry_id for entry in entries}
    for entry_id in wanted:
        if entry_id not in there:
            raise NotFound.of("entry", entry_id)
    return [entry for entry in entries if entry.entry_id in wanted]


async def _turns(snapshot: Snapshot, place: Place, entries: Sequence[Entry]) -> list[Turn]:
    """Without what was forgotten."""
    speakers = await speakers_of(snapshot, place)
    return [
        Turn(
            entry_id=entry.entry_id,
            speaker=speakers.name(entry.role, entry.speaker),
            content=entry.content,
            event_time=entry.event_time,
        )
        for entry in await legible(snapshot, place[:2], entries)
    ]
