"""Changing and deleting episodes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from reverie_server.errors import (
    Aborted,
    NotFound,
)
from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import revision
from reverie_server.storage.database import Database
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.storage.statements import Statement, parse
from reverie_server.tiers.episodic.model import (
    Episode,
    EpisodeEdit,
    SummarySource,
)
from reverie_server.tiers.working.model import (
    SessionKey,
    SuppliedEpisode,
)
from tests.episodic.conftest import TALK, Rooms, backfill, changes_of, entries_of

TABLES = parse(
    """
    -- name: tables
    SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%';
    """,
    source="tests",
    postgres="""
    -- name: tables
    SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = 'public';
    """,
)
EDIT = EpisodeEdit(
    summary="Edited.",
    visibility=Visibility.PRIVATE,
    key_topics=("edited topic",),
    decisions=("edited decision",),
    action_items=("edited action",),
    emotional_tone="edited tone",
    outcome="edited outcome",
)


async def texts_of_all_tables(db: Database, *, but: Collection[str] = ()) -> dict[str, str]:
    """Every row of every table, as text, by table."""
    names = [row["name"] for row in await db.fetch(TABLES["tables"])]
    assert "episodes" in names
    found = {}
    for name in names:
        if name not in but:
            sql = f"SELECT * FROM {name}"  # noqa: S608
            rows = await db.fetch(Statement(name, sql, sql))
            found[name] = repr(rows)
    return found


class TestUpdating:
    async def edit(
        self,
        rooms: Rooms,
        episode: Episode,
        fields: Collection[str],
        *,
        persona: str = "p",
        version: int | None = None,
        edit: EpisodeEdit = EDIT,
    ) -> Episode:
        change = await rooms.episodes.update(
            "w", "u", persona, episode.episode_id, edit, fields, version, None
        )
        assert change.revision == change.episode.version
        return change.episode

    @pytest.mark.parametrize(
        "name", ["key_topics", "decisions", "action_items", "emotional_tone", "outcome"]
    )
    async def test_only_what_is_named_changes(self, rooms: Rooms, name: str) -> None:
        before = await rooms.archived("s")
        rooms.clock.advance(5)
        after = await self.edit(rooms, before, {name})
        assert getattr(after, name) == getattr(EDIT, name)
        assert after == await rooms.get(before.episode_id)
        assert after.update_time == rooms.clock.now()
        same = {
            name: getattr(before, name),
            "supplied_fields": before.supplied_fields,
            "version": before.version,
            "update_time": before.update_time,
        }
        assert replace(after, **same) == before

    async def test_a_summary_is_the_callers_from_then_on(self, rooms: Rooms) -> None:
        before = await rooms.archived("s")
        after = await self.edit(rooms, before, {"summary"})
        assert after.summary == "Edited."
        assert after.summary_source is SummarySource.CALLER
        assert (after.summary_entry_ids, after.trust) == ((), 0.8)

    async def test_a_job_that_comes_later_leaves_it(self, rooms: Rooms) -> None:
        key = await rooms.talk("s")
        async with rooms.runner_paused():
            episode_id = await rooms.end(key)
            episode = await rooms.get(episode_id)
            await self.edit(rooms, episode, {"summary", "emotional_tone"})
        await rooms.runner.idle()
        after = await rooms.get(episode_id)
        assert (after.summary, after.emotional_tone) == ("Edited.", "edited tone")
        assert after.key_topics

    async def test_a_new_visibility_is_that_of_session_and_entries(self, rooms: Rooms) -> None:
        episode = await rooms.archived("s", visibility=Visibility.SHARED)
        other = Reader("w", "u", "q")
        assert len(await entries_of(rooms, "s", other)) == 4

        private = await self.edit(rooms, episode, {"visibility"})
        assert await entries_of(rooms, "s", other) == []
        assert len(await entries_of(rooms, "s", Reader("w", "u", "p"))) == 4
        with pytest.raises(NotFound):
            await rooms.get(episode.episode_id, persona="q")
        session = await rooms.sessions.get(SessionKey("w", "u", "p", "s"))
        assert session.visibility is Visibility.PRIVATE
        reached = await rooms.db.read(lambda tx: revision.current(tx, "w", "u"))
        assert reached.removal_revision == private.version
        assert Change(WHOLE_SESSION, "", "s", Operation.UPSERT) in await changes_of(
            rooms, private.version
        )
        assert private.content_hash != episode.content_hash

        public = replace(EDIT, visibility=Visibility.SHARED)
        shared = await self.edit(rooms, private, {"visibility"}, edit=public)
        assert len(await entries_of(rooms, "s", other)) == 4
        reached = await rooms.db.read(lambda tx: revision.current(tx, "w", "u"))
        assert reached.removal_revision == private.version < shared.version
        assert shared.content_hash == episode.content_hash

    async def test_an_unsaid_visibility_is_the_workspaces(self, rooms: Rooms) -> None:
        episode = await rooms.archived("s", visibility=Visibility.PRIVATE)
        after = await self.edit(rooms, episode, {"visibility"}, edit=replace(EDIT, visibility=None))
        assert after.visibility is Visibility.SHARED

    async def test_a_stale_etag_is_refused(self, rooms: Rooms) -> None:
        before = await rooms.archived("s")
        after = await self.edit(rooms, before, {"outcome"}, version=before.version)
        with pytest.raises(Aborted):
            await self.edit(rooms, before, {"outcome"}, version=before.version)
        assert await rooms.get(before.episode_id) == after

    async def test_only_the_persona_that_lived_it_changes_it(self, rooms: Rooms) -> None:
        shared = await rooms.archived("s", visibility=Visibility.SHARED)
        with pytest.raises(NotFound):
            await self.edit(rooms, shared, {"summary"}, persona="q")
        with pytest.raises(NotFound):
            await rooms.episodes.update(
                "w", "u2", "p", shared.episode_id, EDIT, {"summary"}, None, None
            )
        with pytest.raises(NotFound):
            await rooms.episodes.update(
                "w2", "u", "p", shared.episode_id, EDIT, {"summary"}, None, None
            )
        assert await rooms.get(shared.episode_id) == shared


class TestDeleting:
    async def test_nothing_is_left_in_any_table(self, rooms: Rooms) -> None:
        canary = "canary"
        supplied = SuppliedEpisode(
            key_topics=(canary,), outcome=canary, metrics={canary: 1.0}, participants=(canary,)
        )
        entries = [replace(TALK[0], content=f"{canary} {TALK[0].content}", agent=canary)]
        request = rooms.request("PutEpisode")
        new = backfill(f"{canary}-session", entries=entries, supplied=supplied)
        done = await rooms.episodes.put("w", "u", "p", new, request)
        await rooms.runner.idle()
        kept = await rooms.archived("kept")
        rows = await texts_of_all_tables(rooms.db)
        for table in ("sessions", "entries", "episodes", "timelines", "jobs", "request_records"):
            assert canary in rows[table] or done.episode.episode_id in rows[table]

        deletion = rooms.request("DeleteEpisode")
        gone = done.episode.episode_id
        taken = await rooms.episodes.delete("w", "u", "p", gone, None, deletion)
        rows = await texts_of_all_tables(rooms.db, but=("outbox",))
        for table, text in rows.items():
            assert canary not in text, table
            assert gone not in text, table
        assert Change(Kind.EPISODE, gone, f"{canary}-session", Operation.DELETE) in (
            await changes_of(rooms, taken)
        )
        assert Change(WHOLE_SESSION, "", f"{canary}-session", Operation.DELETE) in (
            await changes_of(rooms, taken)
        )
        reached = await rooms.db.read(lambda tx: revision.current(tx, "w", "u"))
        assert reached.removal_revision == reached.revision == taken
        assert await rooms.get(kept.episode_id) == kept
        assert await rooms.episodes.delete("w", "u", "p", gone, None, deletion) == taken
        with pytest.raises(NotFound):
            await rooms.episodes.put("w", "u", "p", new, request)

    async def test_only_the_persona_that_lived_it_deletes_it(self, rooms: Rooms) -> None:
        shared = await rooms.archived("s", visibility=Visibility.SHARED)
        for workspace, user, persona in (("w", "u", "q"), ("w", "u2", "p"), ("w2", "u", "p")):
            with pytest.raises(NotFound):
                await rooms.episodes.delete(workspace, user, persona, shared.episode_id, None, None)
        assert await rooms.get(shared.episode_id) == shared

    async def test_a_stale_etag_is_refused(self, rooms: Rooms) -> None:
        episode = await rooms.archived("s")
        with pytest.raises(Aborted):
            await rooms.episodes.delete(
                "w", "u", "p", episode.episode_id, episode.version - 1, None
            )
        await rooms.episodes.delete("w", "u", "p", episode.episode_id, episode.version, None)
        with pytest.raises(NotFound):
            await rooms.get(episode.episode_id)
