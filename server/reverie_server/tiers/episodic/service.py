"""Episodic memory: finding, reading, bringing in, changing and deleting episodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from reverie_server.clock import MICROSECONDS, Clock, new_id
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.jobs.service import JobService
from reverie_server.paging import MAX_PAGE_BYTES, Page, PageRequest, collect, weight
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import idempotency, outbox, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.tiers.episodic import store
from reverie_server.tiers.episodic.archive import Archive, changed, removed
from reverie_server.tiers.episodic.model import (
    PARTICIPANTS,
    SEARCHED_EPISODES,
    SHOWN_ENTRIES,
    EntryHit,
    Episode,
    EpisodeChange,
    EpisodeEdit,
    EpisodeHit,
    EpisodeHits,
    EpisodePut,
    EpisodeQuery,
    NewEpisode,
    edited,
)
from reverie_server.tiers.episodic.ports import (
    CallRecords,
    EpisodeMatch,
    EpisodeSearch,
    PairPresence,
    SessionRecords,
    SharingRules,
)
from reverie_server.tiers.episodic.screening import without_forgotten
from reverie_server.tiers.working.model import Entry, Session
from reverie_server.versions import require_current


class EpisodeService:
    """The episodes of every workspace. What somebody else may not see is NotFound to them."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        archive: Archive,
        sessions: SessionRecords,
        presence: PairPresence,
        sharing: SharingRules,
        finder: EpisodeSearch,
        jobs: JobService,
        calls: CallRecords,
    ) -> None:
        self._db = db
        self._clock = clock
        self._archive = archive
        self._sessions = sessions
        self._presence = presence
        self._sharing = sharing
        self._finder = finder
        self._jobs = jobs
        self._calls = calls

    async def search(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        query: EpisodeQuery,
        page: PageRequest,
    ) -> EpisodeHits:
        """Best first. A page may be short of what was deleted since the search saw it.

        Raises:
            InvalidArgument: there is nothing to search for.
            NotFound: there is no such user.
            FailedPrecondition: ``query.min_revision`` was never committed (REVISION_UNKNOWN).
        """
        if not query.text.strip() and not query.vector:
            raise InvalidArgument.of(
                "query", "is required unless a vector is given", reason="FIELD_REQUIRED"
            )
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        first = int(page.cursor[0]) if page.cursor else 0
        wanted = min(first + page.size + 1, SEARCHED_EPISODES)
        found = await self._finder.search(reader, query, wanted)
        matches = found.matches[first : first + page.size]
        hits, seen = await self._db.read(lambda tx: self._hydrate(tx, reader, matches))
        reached = first + seen
        return EpisodeHits(
            hits=hits,
            next_rank=reached if reached < len(found.matches) else None,
            degraded=found.degraded,
            revision=found.revision,
        )

    async def get(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        *,
        episode_id: str,
        session_id: str,
    ) -> Episode:
        """By its own id or its session's; with both given, it has to have both.

        Raises:
            InvalidArgument: neither is given.
            NotFound: there is no such episode that the persona may read.
        """
        if not episode_id and not session_id:
            raise InvalidArgument.of(
                "episode_id", "or session_id is required", reason="FIELD_REQUIRED"
            )
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        episode = await self._db.read(
            lambda snapshot: store.get_readable(
                snapshot, reader, episode_id=episode_id, session_id=session_id
            )
        )
        if episode is None:
            raise NotFound.of("episode", episode_id or f"of session {session_id}")
        return episode

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        *,
        start_after: int | None,
        start_before: int | None,
        own_only: bool,
        page: PageRequest,
    ) -> Page[Episode]:
        """What the persona may read, latest start first.

        Args:
            start_after: inclusive; ``start_before``: exclusive. None: open.
            own_only: without what other personas share.

        Raises:
            NotFound: there is no such user.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        first, last = store.ANY_TIME
        started = (
            first if start_after is None else start_after,
            last if start_before is None else start_before,
        )

        async def work(snapshot: Snapshot) -> Page[Episode]:
            await revision.current(snapshot, workspace_id, user_id)
            return await collect(
                lambda cursor, limit: store.list_before(
                    snapshot,
                    reader,
                    own_only=own_only,
                    started=started,
                    before=(int(cursor[0]), str(cursor[1])) if cursor else None,
                    limit=limit,
                ),
                page,
                position=lambda episode: (episode.start_time, episode.episode_id),
                weight=weight,
            )

        return await self._db.read(work)

    async def put(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        new: NewEpisode,
        request: Request | None,
    ) -> EpisodePut:
        """Stores an episode that happened elsewhere, with its session and entries, and counts it
        as a call.

        Raises:
            InvalidArgument: it ends before it starts, or says nothing.
            AlreadyExists: the workspace has a session of that id.
            FailedPrecondition: the user had it forgotten (MEMORY_FORGOTTEN).
        """
        if new.end_time < new.start_time:
            raise InvalidArgument.of("end_time", "lies before start_time")
        if not new.entries and not (new.supplied.summary or "").strip():
            raise InvalidArgument.of(
                "entries", "are required when there is no summary", reason="FIELD_REQUIRED"
            )
        visibility = new.visibility or await self._default_visibility(workspace_id)

        async def work(tx: Transaction) -> EpisodePut:
            async def add() -> EpisodePut:
                now = self._clock.now()
                await self._presence.ensure(tx, workspace_id, user_id, persona_id, now)
                taken = await revision.bump(tx, workspace_id, user_id)
                pair = (workspace_id, user_id, persona_id)
                known = await without_forgotten(tx, pair, visibility, new)
                session = await self._sessions.insert_ended(
                    tx,
                    *pair,
                    known.session_id or new_id(),
                    visibility,
                    known.metadata,
                    known.start_time,
                    known.end_time,
                    known.entries,
                    new_id(),
                    taken,
                    now,
                )
                return await self._open(tx, session, known, taken, now)

            return await once(tx, request, EpisodePut, add)

        put = await self._db.transaction(work)
        self._jobs.wake()
        return put

    async def update(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        episode_id: str,
        edit: EpisodeEdit,
        fields: Collection[str],
        expected_version: int | None,
        request: Request | None,
    ) -> EpisodeChange:
        """Takes the named fields from ``edit``. A new visibility is the session's, too.

        Raises:
            InvalidArgument: no episode is named.
            NotFound: the persona has lived no such episode with this user.
            Aborted: it is not at ``expected_version`` any more.
        """
        if not episode_id:
            raise InvalidArgument.of("episode.episode_id", "is required", reason="FIELD_REQUIRED")
        visibility = edit.visibility or await self._default_visibility(workspace_id)

        async def work(tx: Transaction) -> EpisodeChange:
            async def change() -> EpisodeChange:
                taken = await revision.bump(tx, workspace_id, user_id)
                before = await _own(tx, workspace_id, user_id, persona_id, episode_id)
                require_current("episode", before.version, expected_version)
                now = self._clock.now()
                episode = replace(
                    edited(before, edit, fields, visibility), version=taken, update_time=now
                )
                await store.update(tx, episode)
                changes = [changed(episode)]
                if episode.visibility is not before.visibility:
                    changes += await self._sessions.set_visibility(
                        tx, workspace_id, user_id, episode.session_id, episode.visibility, taken
                    )
                    if episode.visibility is Visibility.PRIVATE:
                        await revision.mark_removal(tx, workspace_id, user_id, taken)
                await outbox.record(tx, workspace_id, user_id, taken, changes, now)
                return EpisodeChange(episode, taken)

            return await once(tx, request, EpisodeChange, change)

        return await self._db.transaction(work)

    async def delete(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        episode_id: str,
        expected_version: int | None,
        request: Request | None,
    ) -> int:
        """Deletes an episode with its session and everything of that; gives the user's revision.

        Raises:
            NotFound: the persona has lived no such episode with this user.
            Aborted: it is not at ``expected_version`` any more.
        """

        async def work(tx: Transaction) -> int:
            async def remove() -> int:
                taken = await revision.bump(tx, workspace_id, user_id)
                episode = await _own(tx, workspace_id, user_id, persona_id, episode_id)
                require_current("episode", episode.version, expected_version)
                await self._remove(tx, episode, taken)
                return taken

            return await once(tx, request, int, remove)

        return await self._db.transaction(work)

    async def _open(
        self, tx: Transaction, session: Session, new: NewEpisode, taken: int, now: int
    ) -> EpisodePut:
        key = (session.workspace_id, session.user_id)
        agents = Counter([entry.agent for entry in new.entries if entry.agent])
        participants = new.supplied.participants
        if not participants:
            turns = await self._sessions.turns(tx, *key, session.session_id)
            speakers = dict.fromkeys(turn.speaker for turn in turns if turn.speaker)
            participants = tuple(speakers)[:PARTICIPANTS]
        opened = await self._archive.open_episode(
            tx,
            session,
            new.supplied,
            max(agents, key=agents.__getitem__, default=session.persona_id),
            participants,
            taken,
            now,
        )
        entries = Change(WHOLE_SESSION, "", session.session_id, Operation.UPSERT)
        changes = [*([entries] if new.entries else []), *opened.changes]
        await outbox.record(tx, *key, taken, changes, now)
        await self._calls.add_call(
            tx,
            *key,
            session.persona_id,
            seconds=(new.end_time - new.start_time) / MICROSECONDS,
            end_time=new.end_time,
            revision=taken,
            now=now,
        )
        episode = await _own(tx, *key, session.persona_id, opened.episode_id)
        return EpisodePut(episode, opened.job_id, taken)

    async def _remove(self, tx: Transaction, episode: Episode, taken: int) -> None:
        key = (episode.workspace_id, episode.user_id)
        await revision.mark_removal(tx, *key, taken)
        await store.delete(tx, episode)
        changes = await self._sessions.delete_session(tx, *key, episode.session_id, taken)
        await self._jobs.forget_session(tx, *key, episode.session_id)
        now = self._clock.now()
        await self._calls.forget_session(
            tx, *key, episode.persona_id, episode.session_id, taken, now
        )
        # Answers that are kept for retries repeat what they were about.
        for memory_id in (episode.episode_id, episode.session_id):
            await idempotency.forget_answers(tx, *key, memory_id)
        await outbox.record(tx, *key, taken, [removed(episode), *changes], now)

    async def _hydrate(
        self, snapshot: Snapshot, reader: Reader, matches: tuple[EpisodeMatch, ...]
    ) -> tuple[tuple[EpisodeHit, ...], int]:
        """The hits that fit on a page, and how many matches were looked at for them."""
        episodes = await store.readable_by_ids(
            snapshot, reader, [match.episode_id for match in matches]
        )
        entry_ids = [entry.entry_id for match in matches for entry in match.entries[:SHOWN_ENTRIES]]
        entries = {
            entry.entry_id: entry
            for entry in await self._sessions.entries(snapshot, reader, entry_ids)
        }
        hits: list[EpisodeHit] = []
        size = 0
        for seen, match in enumerate(matches):
            episode = episodes.get(match.episode_id)
            if episode is None:
                continue
            hit = _hit(episode, match, entries)
            size += weight(hit)
            if hits and size > MAX_PAGE_BYTES:
                return tuple(hits), seen
            hits.append(hit)
        return tuple(hits), len(matches)

    async def _default_visibility(self, workspace_id: str) -> Visibility:
        return await self._sharing.default_visibility(workspace_id, for_conversation=True)


async def _own(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, episode_id: str
) -> Episode:
    episode = await store.get_own(snapshot, workspace_id, user_id, persona_id, episode_id)
    if episode is None:
        raise NotFound.of("episode", episode_id)
    return episode


def _hit(episode: Episode, match: EpisodeMatch, entries: dict[str, Entry]) -> EpisodeHit:
    shown = (
        EntryHit(entries[each.entry_id], each.score, dict(each.score_parts))
        for each in match.entries[:SHOWN_ENTRIES]
        if each.entry_id in entries
    )
    return EpisodeHit(episode, match.score, dict(match.score_parts), tuple(shown))
