"""What a user has forgotten goes out of episodes; what a summariser made of it is made anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reverie_server.errors import NotFound
from reverie_server.jobs.service import JobService
from reverie_server.scope import Reader
from reverie_server.storage import idempotency
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.outbox import Change
from reverie_server.storage.statements import load
from reverie_server.tiers.episodic import store
from reverie_server.tiers.episodic.archive import archive_job, changed, removed
from reverie_server.tiers.episodic.model import DERIVED_FIELDS, Episode, without_derived
from reverie_server.tiers.episodic.ports import CallRecords, SessionRecords
from reverie_server.tiers.forgotten import RedactedEpisodes, RedoneSummary
from reverie_server.tiers.quotes import REDACTED, Quotes, pattern, redact, redacted_map

_QUERIES: Final = load(__package__, "erasure.sql")
_HOLDING: Final = _QUERIES["holding"]
_LISTS: Final = ("key_topics", "decisions", "action_items")

Judge = Callable[[str], bool]


class EpisodeErasure:
    """Other rooms know this as their port. Only what the reader may read is looked at. Who calls
    takes the revision, marks the removal, records the changes and wakes the jobs."""

    def __init__(self, sessions: SessionRecords, jobs: JobService, calls: CallRecords) -> None:
        self._sessions = sessions
        self._jobs = jobs
        self._calls = calls

    async def get(self, snapshot: Snapshot, reader: Reader, episode_id: str) -> Episode | None:
        """None: the reader may read no such episode."""
        return await store.get_readable(snapshot, reader, episode_id=episode_id, session_id="")

    async def remove(
        self, tx: Transaction, reader: Reader, episode_id: str, revision: int, now: int
    ) -> list[Change]:
        """Deletes an episode with its session and all that this holds.

        Raises:
            NotFound: the reader may read no such episode.
        """
        episode = await self.get(tx, reader, episode_id)
        if episode is None:
            raise NotFound.of("episode", episode_id)
        owner = (reader.workspace_id, reader.user_id)
        await store.delete(tx, episode)
        changes = await self._sessions.delete_session(tx, *owner, episode.session_id, revision)
        await self._jobs.forget_session(tx, *owner, episode.session_id)
        if episode.persona_id == reader.persona_id:
            # Another persona's storylines are its own.
            await self._calls.forget_session(
                tx, *owner, episode.persona_id, episode.session_id, revision, now
            )
        for memory_id in (episode.episode_id, episode.session_id):
            await idempotency.forget_answers(tx, *owner, memory_id)
        return [removed(episode), *changes]

    async def redo(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        near: Collection[str],
        redacted: Collection[str],
        lost_entries: Collection[str] = (),
        far: Quotes,
        revision: int,
        now: int,
    ) -> RedactedEpisodes:
        """Takes what quotes a memory out of episodes, and has summaries made anew.

        Args:
            near: the sessions that it comes from, where it may be echoed.
            redacted: sessions whose entries have changed.
            lost_entries: a session for each entry of it that was deleted.
            far: what goes out of all other episodes where they repeat it.
        """
        wanted = dict.fromkeys((*sorted(near), *sorted(redacted)))
        for needle in far.needles:
            rows = await tx.fetch(_HOLDING, *reader.sql, pattern(needle))
            wanted |= dict.fromkeys(row["session_id"] for row in rows)
        found: list[_Cleaned] = []
        redone: list[RedoneSummary] = []
        for session_id in wanted:
            before = await store.get_of_session(tx, reader.workspace_id, reader.user_id, session_id)
            if before is None or not reader.may_read(before.persona_id, before.visibility):
                continue
            lost = list(lost_entries).count(session_id)
            is_meant = quotes.echoes if session_id in near else far.repeats
            after = _cleaned(
                replace(before, entry_count=max(0, before.entry_count - lost)),
                is_meant,
                with_storylines=before.persona_id == reader.persona_id,
                has_changed=session_id in redacted,
            )
            if after.episode == before:
                continue
            after = replace(
                after, episode=replace(after.episode, version=revision, update_time=now)
            )
            await store.update(tx, after.episode)
            await store.set_told(tx, after.episode)
            found.append(after)
            if set(DERIVED_FIELDS) <= set(after.episode.supplied_fields):
                continue
            # One that runs may have read the entries before this.
            job_id = await self._jobs.enqueue_unless_waiting(
                tx, archive_job(after.episode), join_running=False
            )
            redone.append(RedoneSummary(before.episode_id, session_id, before.persona_id, job_id))
        return RedactedEpisodes(
            tuple(each.episode.episode_id for each in found),
            tuple(redone),
            frozenset(each.episode.session_id for each in found),
            tuple(dict.fromkeys(piece for each in found for piece in each.removed)),
            tuple(changed(each.episode) for each in found),
        )


@dataclass(frozen=True, slots=True)
class _Cleaned:
    episode: Episode
    removed: list[str] = field(default_factory=list)


def _cleaned(
    episode: Episode, is_meant: Judge, *, with_storylines: bool, has_changed: bool
) -> _Cleaned:
    """An episode without what is meant: of what the caller supplied, by piece; of what a summariser
    made, all of it if any piece is meant or its entries have changed. Where there are entries, it
    is made anew, and so is what the caller supplied and of which nothing is left."""
    removed: list[str] = []
    given = set(episode.supplied_fields)
    quoted = _is_quoted(episode, given, is_meant)
    if has_changed or quoted:
        episode = without_derived(episode)
    for name in _LISTS:
        items: Sequence[str] = getattr(episode, name)
        kept = tuple(each for each in items if not is_meant(each))
        removed += [each for each in items if is_meant(each)]
        if kept != items:
            change: dict[str, Any] = {name: kept}
            episode = replace(episode, **change)
            given -= set() if kept else {name}
    found = redact(episode.summary, is_meant)
    if found:
        removed += found.removed
        if episode.entry_count:
            given -= {"summary"}
        else:
            episode = replace(episode, summary=found.text)
    if is_meant(episode.emotional_tone):
        given -= {"emotional_tone"}
    outcome = redact(episode.outcome, is_meant)
    if outcome:
        removed += outcome.removed
        episode = replace(episode, outcome="" if outcome.text == REDACTED else outcome.text)
    metadata, _ = redacted_map(episode.metadata, is_meant)
    facts = tuple(each for each in episode.facts if not is_meant(each.statement))
    removed += [each.statement for each in episode.facts if is_meant(each.statement)]
    storylines = tuple(
        each
        for each in episode.storylines
        if not (with_storylines and is_meant(f"{each.topic}. {each.summary} {each.follow_up}"))
    )
    episode = replace(episode, metadata=metadata, facts=facts, storylines=storylines)
    if given != set(episode.supplied_fields):
        supplied = tuple(name for name in DERIVED_FIELDS if name in given)
        episode = without_derived(replace(episode, supplied_fields=supplied))
    return _Cleaned(episode, removed)


def _is_quoted(episode: Episode, given: Collection[str], is_meant: Judge) -> bool:
    """Whether anything that a summariser made is meant."""
    texts: list[str] = []
    if "summary" not in given:
        found = redact(episode.summary, is_meant)
        texts += found.removed if found else ()
    for name in _LISTS:
        if name not in given:
            texts += [each for each in getattr(episode, name) if is_meant(each)]
    return bool(texts)
