"""Making an episode of a session that ends: at once what is known, in a job what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reverie_server.clock import Clock, new_id
from reverie_server.errors import Aborted
from reverie_server.index.memory_index import Kind
from reverie_server.jobs.model import JobContext, NewJob
from reverie_server.jobs.service import JobService
from reverie_server.language.summarizer import Summarizer, Summary, Turn
from reverie_server.storage import outbox
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.revision import bump
from reverie_server.tiers.episodic import store
from reverie_server.tiers.episodic.model import (
    DERIVED_FIELDS,
    Episode,
    completed,
    opened,
    without_derived,
)
from reverie_server.tiers.episodic.ports import SessionRecords
from reverie_server.tiers.provenance import derived_trust
from reverie_server.tiers.working.model import Session, SuppliedEpisode, SuppliedFact
from reverie_server.tiers.working.ports import OpenedEpisode

ARCHIVE_SESSION: Final = "archive_session"
"""The kind of the job that completes an episode."""


class Archive:
    """Opens episodes and completes them. The working room knows it as its ``EpisodeArchive``."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: JobService,
        sessions: SessionRecords,
        summarizer: Summarizer,
    ) -> None:
        self._db = db
        self._clock = clock
        self._jobs = jobs
        self._sessions = sessions
        self._summarizer = summarizer

    async def open_episode(
        self,
        tx: Transaction,
        session: Session,
        supplied: SuppliedEpisode,
        agent: str,
        participants: tuple[str, ...],
        revision: int,
        now: int,
    ) -> OpenedEpisode:
        """Inserts the episode of a session that has just ended, and the job that completes it.

        The caller records the changes, and wakes the jobs when it has committed.
        """
        # A session that names its episode already is stored together with it (a backfill).
        episode_id = session.episode_id or new_id()
        episode = opened(episode_id, session, supplied, agent, participants, revision, now)
        await store.add(tx, episode)
        job_id = await self._jobs.enqueue(tx, archive_job(episode))
        changes = (changed(episode),) if episode.content_hash else ()
        return OpenedEpisode(episode_id, job_id, changes)

    async def forget_entry(
        self, tx: Transaction, workspace_id: str, user_id: str, session_id: str, revision: int
    ) -> tuple[Change, ...]:
        """An entry of this session was deleted in this transaction: what a summariser has made
        of the session may repeat it, so it goes at once and is worked out anew by a job. What a
        caller has supplied stays. Nothing happens while the session has no episode.

        The caller records the changes, and wakes the jobs when it has committed.
        """
        episode = await store.get_of_session(tx, workspace_id, user_id, session_id)
        if episode is None:
            return ()
        episode = replace(
            without_derived(episode),
            entry_count=max(0, episode.entry_count - 1),
            version=revision,
            update_time=self._clock.now(),
        )
        await store.update(tx, episode)
        # One that runs may have read the entries before this.
        await self._jobs.enqueue_unless_waiting(tx, archive_job(episode), join_running=False)
        return (changed(episode),)

    async def supplied_facts(
        self, snapshot: Snapshot, workspace_id: str, user_id: str, session_id: str
    ) -> tuple[SuppliedFact, ...]:
        """The facts that the caller has told with the session's end; none without an episode."""
        episode = await store.get_of_session(snapshot, workspace_id, user_id, session_id)
        return episode.facts if episode else ()

    async def archive_session(self, context: JobContext) -> Mapping[str, int]:
        """Handles a job: works out of the session's entries what the caller has not supplied.

        It can run again at any time, and changes nothing when there is nothing new. It comes to
        nothing when the session or its episode is gone.

        Raises:
            Unavailable: the summariser's provider cannot be reached.
            Aborted: the session's entries changed meanwhile.
        """
        job = context.job
        owner = (job.workspace_id, job.user_id)

        async def read(snapshot: Snapshot) -> tuple[Episode | None, list[Turn]]:
            episode = await store.get_of_session(snapshot, *owner, job.session_id)
            turns = await self._sessions.turns(snapshot, *owner, job.session_id)
            return episode, turns if episode else []

        episode, turns = await self._db.read(read)
        if episode is None:
            return {}
        await context.step("summarize", 0.1)
        summary = await self._summary(episode, turns)

        async def keep(tx: Transaction) -> None:
            stored, known = await read(tx)
            if stored is None:
                return
            if known != turns:
                raise Aborted("the session's entries changed meanwhile")
            await self._complete(tx, stored, turns, summary)

        await self._db.transaction(keep)
        return {"entries": len(turns), "summary_entries": len(summary.entry_ids)}

    async def _summary(self, episode: Episode, turns: list[Turn]) -> Summary:
        """An empty one when there is nothing to work out."""
        if set(DERIVED_FIELDS) <= set(episode.supplied_fields):
            return Summary("", (), (), (), (), "")
        return await self._summarizer.summarize(turns)

    async def _complete(
        self, tx: Transaction, stored: Episode, turns: list[Turn], summary: Summary
    ) -> None:
        workspace_id, user_id = stored.workspace_id, stored.user_id
        parents = summary.entry_ids or [turn.entry_id for turn in turns]
        lowest = await self._sessions.lowest_trust(tx, workspace_id, user_id, parents)
        episode = completed(stored, summary, derived_trust(() if lowest is None else (lowest,)))
        if episode == stored:
            return
        taken = await bump(tx, workspace_id, user_id)
        now = self._clock.now()
        await store.update(tx, replace(episode, version=taken, update_time=now))
        await self._sessions.refill_summary(
            tx, workspace_id, user_id, episode.session_id, episode.summary, taken
        )
        await outbox.record(tx, workspace_id, user_id, taken, [changed(episode)], now)


def changed(episode: Episode) -> Change:
    """What the index has to look at."""
    return Change(Kind.EPISODE, episode.episode_id, episode.session_id, Operation.UPSERT)


def removed(episode: Episode) -> Change:
    """What the index has to drop."""
    return Change(Kind.EPISODE, episode.episode_id, episode.session_id, Operation.DELETE)


def archive_job(episode: Episode) -> NewJob:
    """The job that completes it."""
    return NewJob(
        episode.workspace_id,
        ARCHIVE_SESSION,
        episode.user_id,
        episode.persona_id,
        episode.session_id,
        {"episode_id": episode.episode_id},
    )
