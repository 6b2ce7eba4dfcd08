"""Sessions as the episodic room needs them: stored whole, copied, hidden, deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from reverie_server.language.fact_extractor import Utterance
from reverie_server.language.summarizer import Turn
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.storage.statements import load
from reverie_server.tiers.quotes import REDACTED
from reverie_server.tiers.working import (
    bookmark_store,
    entry_store,
    removal,
    sessions,
    store,
    summaries,
    timeline_store,
)
from reverie_server.tiers.working.entry_store import LAST_POSITION, entry_hash
from reverie_server.tiers.working.model import (
    Bookmark,
    Entry,
    NewEntry,
    Session,
    SessionContext,
    SessionKey,
    SessionState,
    Timeline,
)
from reverie_server.tiers.working.ports import EntryVector, EntryVectors, FactEvidence
from reverie_server.tiers.working.response_times import exchange
from reverie_server.tiers.working.utterances import utterances_of
from reverie_server.tiers.working.vectors import check_embeddings

_QUERIES: Final = load(__package__, "entries.sql")
_HASHED_PARTS: Final = _QUERIES["hashed_parts"]
_SET_VISIBILITY: Final = _QUERIES["set_visibility"]
_REHASH_VECTOR: Final = _QUERIES["rehash_vector"]
_REFILL_SUMMARY: Final = load(__package__, "erasure.sql")["refill_summary"]


class SessionRecords:
    """Sessions, in transactions of others.

    Who calls takes the revision, marks a removal, and records the changes that come back.
    """

    def __init__(self, vectors: EntryVectors, facts: FactEvidence, *, expiry: int) -> None:
        """
        Args:
            expiry: how long the working memory of an ended session stays, in microseconds.
        """
        self._vectors = vectors
        self._facts = facts
        self._expiry = expiry

    async def get(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, session_id: str
    ) -> Session | None:
        """The pair's session in any state; None when there is none of that id."""
        return await store.get(snapshot, SessionKey(workspace_id, user_id, persona_id, session_id))

    async def bookmark(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str, bookmark_id: str
    ) -> Bookmark | None:
        """None when the session has none of that name."""
        return await bookmark_store.get(snapshot, (workspace_id, user_id, session_id), bookmark_id)

    async def turns(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
    ) -> list[Turn]:
        """The entries in order, as a summariser reads them."""
        return await summaries.turns_of(snapshot, (workspace_id, user_id, session_id))

    async def utterances(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
    ) -> list[Utterance]:
        """The session's own entries in order, as a fact extractor reads them."""
        return await utterances_of(snapshot, (workspace_id, user_id, session_id))

    async def entries(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """Those of the entries that are there and that the reader may read, in any order."""
        return await entry_store.readable_by_ids(snapshot, reader, entry_ids)

    async def lowest_trust(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, entry_ids: Sequence[str]
    ) -> float | None:
        """The lowest trust, 0..1, of these entries; None when none of them is there."""
        return await entry_store.lowest_trust(snapshot, workspace_id, user_id, entry_ids)

    async def insert_ended(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        session_id: str,
        visibility: Visibility,
        metadata: Mapping[str, str],
        start_time: int,
        end_time: int,
        entries: Sequence[NewEntry],
        episode_id: str,
        revision: int,
        now: int,
    ) -> Session:
        """Stores a session that has ended and been archived as ``episode_id``, with its entries.
        An entry without an event time happened at ``start_time``. For the index it is one
        change, an upsert of the whole session, which the caller records.

        Raises:
            AlreadyExists: the workspace has a session of that id.
            InvalidArgument: an entry's vector does not go with the embedder.
        """
        check_embeddings(entries, self._vectors.supplied_dimension)
        key = SessionKey(workspace_id, user_id, persona_id, session_id)
        times = [
            (entry.role, start_time if entry.event_time is None else entry.event_time)
            for entry in entries
        ]
        counted = exchange(times)
        on_timelines = Counter([entry.timeline for entry in entries])
        session = replace(
            sessions.new_session(
                key,
                visibility=visibility,
                metadata=dict(metadata),
                start_time=start_time,
                revision=revision,
                now=now,
            ),
            state=SessionState.ENDED,
            archived=True,
            end_time=end_time,
            expire_time=now + self._expiry,
            next_position=len(entries),
            entry_count=len(entries),
            turn_count=counted.turns,
            timeline_count=len(on_timelines),
            response_count=counted.response_count,
            response_seconds=counted.response_seconds,
            episode_id=episode_id,
        )
        await sessions.add(tx, session)
        for timeline, count in on_timelines.items():
            await timeline_store.add(tx, key.sql, Timeline(timeline, False, count, now, None))
        stored = await entry_store.add(
            tx,
            key,
            entries,
            first_position=0,
            visibility=visibility,
            event_time=start_time,
            revision=revision,
            now=now,
        )
        if self._vectors.supplied_dimension is not None:
            vectors = [
                EntryVector(each.entry_id, each.content_hash, entry.embedding)
                for each, entry in zip(stored, entries, strict=True)
            ]
            await self._vectors.store(tx, workspace_id, user_id, vectors)
        return session

    async def copy_session(
        self,
        tx: Transaction,
        source: Session,
        new_session_id: str,
        *,
        until_position: int | None,
        context: SessionContext,
        with_entries: bool,
        summary: str,
        revision: int,
        now: int,
    ) -> tuple[Session, int, list[Change]]:
        """A new active session that goes on from ``source``, with copies of its entries before
        ``until_position`` (None: of all) if ``with_entries``; and their number. Its timelines are
        as they were, or all open when it goes back to a point before the end. The index hears
        of none of it.

        Raises:
            AlreadyExists: the workspace has a session of that id.
        """
        key = replace(source.key, session_id=new_session_id)
        before = LAST_POSITION if until_position is None else until_position
        originals = (
            await entry_store.list_all(tx, source.key.sql, before=before) if with_entries else []
        )
        on_timelines = Counter([entry.timeline for entry in originals])
        timelines = [
            Timeline(name, False, count, now, None) for name, count in on_timelines.items()
        ]
        if with_entries and until_position is None:
            timelines = await timeline_store.list_after(tx, source.key.sql, "", LAST_POSITION)
        session = replace(
            sessions.new_session(
                key,
                visibility=source.visibility,
                metadata=source.metadata,
                start_time=now,
                revision=revision,
                now=now,
            ),
            context=context,
            next_position=len(originals),
            entry_count=len(originals),
            turn_count=sum(entry.is_turn for entry in originals),
            timeline_count=len(timelines),
            rehydrated_from_session_id=source.session_id,
            rehydrated_summary=summary,
        )
        await sessions.add(tx, session)
        for timeline in timelines:
            await timeline_store.add(tx, key.sql, timeline)
        await entry_store.add_copies(
            tx, key, originals, visibility=source.visibility, revision=revision, now=now
        )
        return session, len(originals), []

    async def delete_session(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str, revision: int
    ) -> list[Change]:
        """Deletes the session and everything of it, with the facts derived from it alone. Where
        other sessions hold copies of its entries, one of each stands for itself then.
        """
        place = (workspace_id, user_id, session_id)
        entry_ids = await removal.entry_ids(tx, place)
        facts = await self._facts.forget_entries(tx, workspace_id, user_id, entry_ids, revision)
        return [*await removal.delete_session(tx, place, revision), *facts]

    async def set_visibility(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        session_id: str,
        visibility: Visibility,
        revision: int,
    ) -> list[Change]:
        """Of the session and its entries. Their texts need not be embedded anew."""
        owner = (workspace_id, user_id)
        place = (*owner, session_id)
        await store.set_visibility(tx, place, visibility, revision)
        changed = []
        rehashed = []
        for row in await tx.fetch(_HASHED_PARTS, *place):
            digest = entry_hash(
                row["content"],
                row["persona_id"],
                visibility,
                session_id,
                row["event_time"],
                row["trust"],
            )
            changed.append((*owner, row["entry_id"], visibility, digest, revision))
            rehashed.append((*owner, row["entry_id"], row["content_hash"], digest))
        await tx.executemany(_SET_VISIBILITY, changed)
        await tx.executemany(_REHASH_VECTOR, rehashed)
        return [Change(WHOLE_SESSION, "", session_id, Operation.UPSERT)]

    async def mark_extracted(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str, revision: int
    ) -> None:
        """Notes that the session's memory has been extracted into its episode."""
        await store.mark_extracted(tx, (workspace_id, user_id, session_id), revision)

    async def refill_summary(
        self,
        tx: Transaction,
        workspace_id: str,
        user_id: str,
        session_id: str,
        summary: str,
        revision: int,
    ) -> None:
        """Gives the summary to sessions that went on with the one before, where that was redacted
        because something in it was forgotten."""
        place = (workspace_id, user_id, session_id)
        await tx.execute(_REFILL_SUMMARY, *place, REDACTED, summary, revision)
