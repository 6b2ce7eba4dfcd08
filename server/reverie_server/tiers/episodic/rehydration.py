"""Going on from a session that has ended, in a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.clock import Clock, new_id
from reverie_server.errors import FailedPrecondition, InvalidArgument, NotFound, Unavailable
from reverie_server.language.summarizer import Summarizer, Turn
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.tiers.episodic import store
from reverie_server.tiers.episodic.model import Rehydrated
from reverie_server.tiers.episodic.ports import SessionRecords
from reverie_server.tiers.working.model import Bookmark, Session, SessionState

_ATTEMPTS: Final = 5
_RETRY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class EndedSession:
    """Which session to go on from, and with what of it."""

    workspace_id: str
    user_id: str
    persona_id: str
    session_id: str
    summary_only: bool
    bookmark_id: str
    """Empty: all of it."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a session tells: its episode's summary, else what was said."""

    summary: str
    turns: list[Turn]


class _Changed(Exception):
    """Something was said, deleted or forgotten while it was summed up."""


class Rehydration:
    """Makes new active sessions of ended ones, which stay as they are."""

    def __init__(
        self, db: Database, clock: Clock, sessions: SessionRecords, summarizer: Summarizer
    ) -> None:
        self._db = db
        self._clock = clock
        self._sessions = sessions
        self._summarizer = summarizer

    async def rehydrate(
        self, ended: EndedSession, new_session_id: str, request: Request | None
    ) -> Rehydrated:
        """A session with copies of the ended one's entries, timelines and context, or with its
        summary only. A summary that its job has not worked out yet is worked out for this.

        ``new_session_id``: empty: the server makes one.

        Raises:
            InvalidArgument: a bookmark together with ``summary_only``.
            NotFound: the pair has no such session, or it no such bookmark.
            FailedPrecondition: the session is active, or nothing of it was kept.
            AlreadyExists: the workspace has a session of the new id.
        """
        if ended.summary_only and ended.bookmark_id:
            raise InvalidArgument.of(
                "bookmark_id", "cannot go with summary_only: a summary is of the whole session"
            )
        for _ in range(_ATTEMPTS):
            told = await self._told(ended) if ended.summary_only else None
            summary = await self._summary(told) if told else ""
            try:
                return await self._copied(ended, new_session_id, request, told, summary)
            except _Changed:
                continue
        raise Unavailable("the session keeps changing", retry_after_seconds=_RETRY_SECONDS)

    async def _copied(
        self,
        ended: EndedSession,
        new_session_id: str,
        request: Request | None,
        told: _Told | None,
        summary: str,
    ) -> Rehydrated:
        """
        Args:
            told: what the summary was made of.

        Raises:
            _Changed: the session tells something else now.
        """

        async def work(tx: Transaction) -> Rehydrated:
            async def copy() -> Rehydrated:
                if told is not None and await self._telling(tx, ended) != told:
                    raise _Changed
                taken = await revision.bump(tx, ended.workspace_id, ended.user_id)
                source = await self._source(tx, ended)
                bookmark = await self._bookmark(tx, ended)
                now = self._clock.now()
                session, restored, changes = await self._sessions.copy_session(
                    tx,
                    source,
                    new_session_id or new_id(),
                    until_position=bookmark.next_position if bookmark else None,
                    context=bookmark.context if bookmark else source.context,
                    with_entries=not ended.summary_only,
                    summary=summary,
                    revision=taken,
                    now=now,
                )
                await outbox.record(tx, ended.workspace_id, ended.user_id, taken, changes, now)
                return Rehydrated(session, restored, taken)

            return await once(tx, request, Rehydrated, copy)

        return await self._db.transaction(work)

    async def _told(self, ended: EndedSession) -> _Told:
        return await self._db.read(lambda snapshot: self._telling(snapshot, ended))

    async def _telling(self, snapshot: Snapshot, ended: EndedSession) -> _Told:
        """Nothing also where the session cannot be gone on from, which is found out later."""
        key = (ended.workspace_id, ended.user_id)
        source = await self._sessions.get(snapshot, *key, ended.persona_id, ended.session_id)
        if source is None or source.state is SessionState.ACTIVE:
            return _Told("", [])
        episode = await store.get_of_session(snapshot, *key, ended.session_id)
        if episode is not None and episode.summary:
            return _Told(episode.summary, [])
        return _Told("", await self._sessions.turns(snapshot, *key, ended.session_id))

    async def _summary(self, told: _Told) -> str:
        if not told.turns:
            return told.summary
        return (await self._summarizer.summarize(told.turns)).summary

    async def _source(self, tx: Transaction, ended: EndedSession) -> Session:
        session = await self._sessions.get(
            tx, ended.workspace_id, ended.user_id, ended.persona_id, ended.session_id
        )
        if session is None:
            raise NotFound.of("session", ended.session_id)
        match session.at(self._clock.now()).state:
            case SessionState.ACTIVE:
                raise FailedPrecondition("the session is active: go on in it, or end it first")
            case SessionState.EXPIRED if not session.archived:
                raise FailedPrecondition(
                    "the session has expired and was not archived: nothing of it was kept",
                    reason="SESSION_EXPIRED",
                )
        return session

    async def _bookmark(self, tx: Transaction, ended: EndedSession) -> Bookmark | None:
        if not ended.bookmark_id:
            return None
        bookmark = await self._sessions.bookmark(
            tx, ended.workspace_id, ended.user_id, ended.session_id, ended.bookmark_id
        )
        if bookmark is None:
            raise NotFound.of("bookmark", ended.bookmark_id)
        return bookmark
