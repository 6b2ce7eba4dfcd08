"""How sessions end: by a call, or because their bot has died."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from reverie_server.clock import MICROSECONDS, Clock
from reverie_server.errors import InvalidArgument
from reverie_server.identity.relationships.memory_config import (
    INSIDE_JOKE,
    REMEMBERS_ALL,
    MemoryConfig,
)
from reverie_server.scope import Visibility
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.storage.tombstones import Learner
from reverie_server.tiers.working import access, entry_store, store
from reverie_server.tiers.working.model import (
    BACKFILL_AFTER,
    Session,
    SessionEnded,
    SessionKey,
    SessionState,
    SuppliedEpisode,
)
from reverie_server.tiers.working.ports import (
    CallRecords,
    EpisodeArchive,
    JobSignal,
    OpenedEpisode,
)
from reverie_server.tiers.working.screening import screened_supply
from reverie_server.tiers.working.summaries import speakers_of

PARTICIPANTS: Final = 100
"""Of an episode, at most."""
_NOTHING_OPENED: Final = OpenedEpisode("", "", ())


class SessionEnding:
    """Ends sessions and, with flush, leaves their archiving to the episodic room and its job."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        archive: EpisodeArchive,
        calls: CallRecords,
        jobs: JobSignal,
        *,
        expiry: int,
    ) -> None:
        """
        Args:
            expiry: how long the working memory of an ended session stays, in microseconds.
        """
        self._db = db
        self._clock = clock
        self._archive = archive
        self._calls = calls
        self._jobs = jobs
        self._expiry = expiry

    async def end(
        self,
        key: SessionKey,
        supplied: SuppliedEpisode,
        *,
        flush: bool,
        end_time: int | None,
        request: Request | None,
    ) -> SessionEnded:
        """Ends a session. With ``flush`` its episode is there at once, with what was supplied;
        without, nothing is archived, nothing supplied is kept, and its entries are found no more.
        What the relationship's settings do not allow to be remembered is left out.

        Raises:
            NotFound: it is not there, or another user's or persona's.
            FailedPrecondition: SESSION_ENDED or SESSION_EXPIRED.
            InvalidArgument: ``end_time`` lies before its start, or a storyline's topic says
                nothing.
        """

        async def work(tx: Transaction) -> SessionEnded:
            async def end() -> SessionEnded:
                now = self._clock.now()
                taken = await access.take_revision(tx, key)
                session = await access.active(tx, key, now)
                ended_at = end_time
                if ended_at is None:
                    ended_at = await _default_end(tx, session, now)
                elif ended_at < session.start_time:
                    raise InvalidArgument.of("end_time", "is before the session's start")
                return await self._end(tx, session, supplied, flush, ended_at, taken, now)

            return await once(tx, request, SessionEnded, end)

        ended = await self._db.transaction(work)
        self._jobs.wake()
        return ended

    async def end_idle(self, key: SessionKey, idle_since: int) -> bool:
        """Ends a session with flush that was not written to since then: as of its last moment.
        False when it is not so any more.
        """

        async def work(tx: Transaction) -> bool:
            session = await store.get(tx, key)
            if (
                session is None
                or session.state is not SessionState.ACTIVE
                or session.last_active_time >= idle_since
            ):
                return False
            taken = await access.take_revision(tx, key)
            ended_at = await _default_end(tx, session, session.last_active_time)
            await self._end(
                tx, session, SuppliedEpisode(), True, ended_at, taken, self._clock.now()
            )
            return True

        ended = await self._db.transaction(work)
        if ended:
            self._jobs.wake()
        return ended

    async def _end(
        self,
        tx: Transaction,
        session: Session,
        supplied: SuppliedEpisode,
        flush: bool,
        end_time: int,
        taken: int,
        now: int,
    ) -> SessionEnded:
        key = session.key
        pair = (key.workspace_id, key.user_id, key.persona_id)
        config = await self._calls.memory_config(tx, *pair) or REMEMBERS_ALL
        flush = flush and config.archives_calls
        ended = replace(
            session,
            state=SessionState.ENDED,
            archived=flush,
            end_time=end_time,
            expire_time=now + self._expiry,
            question_time=None,
            version=taken,
        )
        if flush:
            shared = session.visibility is Visibility.SHARED
            supplied = await screened_supply(
                tx, Learner(*pair, shared), permitted(supplied, config), session.said_since
            )
            opened = await self._open_episode(tx, ended, supplied, taken, now)
            ended = replace(ended, episode_id=opened.episode_id)
            changes = opened.changes
            await self._calls.record_storylines(
                tx,
                *pair,
                supplied.storylines,
                session_id=key.session_id,
                mention_time=end_time,
                revision=taken,
                now=now,
            )
        else:
            opened = _NOTHING_OPENED
            changes = (Change(WHOLE_SESSION, "", key.session_id, Operation.DELETE),)
            await revision.mark_removal(tx, key.workspace_id, key.user_id, taken)
        await store.end(tx, ended)
        await self._calls.add_call(
            tx,
            *pair,
            seconds=(end_time - session.start_time) / MICROSECONDS,
            end_time=end_time,
            revision=taken,
            now=now,
        )
        await outbox.record(tx, key.workspace_id, key.user_id, taken, changes, now)
        return SessionEnded(ended, opened.episode_id, opened.job_id, taken)

    async def _open_episode(
        self, tx: Transaction, session: Session, supplied: SuppliedEpisode, taken: int, now: int
    ) -> OpenedEpisode:
        place = session.key.sql
        return await self._archive.open_episode(
            tx,
            session,
            supplied,
            await entry_store.main_agent(tx, place) or session.persona_id,
            supplied.participants or await _speaker_names(tx, place),
            taken,
            now,
        )


def permitted(supplied: SuppliedEpisode, config: MemoryConfig) -> SuppliedEpisode:
    """What may be remembered of what the caller supplies."""
    facts = supplied.facts if config.keeps_personal_facts else ()
    if not config.keeps_relationship_facts:
        facts = tuple(fact for fact in facts if fact.category != INSIDE_JOKE)
    supplied = replace(supplied, facts=facts)
    return supplied if config.keeps_storylines else replace(supplied, storylines=())


async def _default_end(snapshot: Snapshot, session: Session, now: int) -> int:
    """``now``, or where the session lies in the past: its last event."""
    latest = await entry_store.latest_event(snapshot, session.key.sql)
    happened = latest.event_time if latest else session.start_time
    stored = latest.create_time if latest else session.create_time
    is_backfilled = stored - happened > BACKFILL_AFTER
    return max(session.start_time, happened if is_backfilled else now)


async def _speaker_names(snapshot: Snapshot, place: tuple[str, str, str]) -> tuple[str, ...]:
    speakers = await speakers_of(snapshot, place)
    spoken = await entry_store.speakers(snapshot, place, PARTICIPANTS)
    return tuple(dict.fromkeys(speakers.name(role, speaker) for role, speaker in spoken))
