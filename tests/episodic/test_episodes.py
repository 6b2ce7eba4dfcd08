"""Reading, bringing in, changing and deleting episodes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from reverie_server.index.memory_index import Kind
from reverie_server.paging import PageRequest
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Snapshot
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.storage.statements import Statement, parse
from reverie_server.tiers.episodic.model import (
    Episode,
    EpisodeEdit,
    EpisodePut,
    EpisodeQuery,
    SearchIn,
    SummarySource,
)
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    Entry,
    NewEntry,
    SessionKey,
    SessionState,
    SuppliedEpisode,
)
from tests.episodic.conftest import HOUR, TALK, Rooms, backfill

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


async def put(rooms: Rooms, session_id: str = "old", **arguments: Any) -> EpisodePut:
    new = backfill(session_id, **arguments)
    return await rooms.episodes.put("w", "u", "p", new, None)


async def ids(
    rooms: Rooms,
    *,
    user: str = "u",
    persona: str = "p",
    own_only: bool = False,
    start_after: int | None = None,
    start_before: int | None = None,
    size: int = 100,
) -> list[str]:
    """The sessions of all pages of a list."""
    seen: list[str] = []
    cursor = None
    while True:
        page = await rooms.episodes.list(
            "w",
            user,
            persona,
            start_after=start_after,
            start_before=start_before,
            own_only=own_only,
            page=PageRequest(size, cursor),
        )
        seen += [episode.session_id for episode in page.items]
        cursor = page.next
        if cursor is None:
            return seen


async def entries_of(rooms: Rooms, session_id: str, reader: Reader) -> list[Entry]:
    """Those of a session that this reader may read."""

    async def read(snapshot: Snapshot) -> list[Entry]:
        turns = await rooms.records.turns(snapshot, "w", "u", session_id)
        return await rooms.records.entries(snapshot, reader, [turn.entry_id for turn in turns])

    return await rooms.db.read(read)


async def changes_of(rooms: Rooms, at: int) -> list[Change]:
    rows = await rooms.db.read(lambda snapshot: outbox.pending(snapshot, 10_000))
    return [row.change for row in rows if row.key.revision == at]


class TestGetting:
    async def test_by_its_own_id_or_its_sessions(self, rooms: Rooms) -> None:
        episode = await rooms.archived("s")
        for given in (
            {"episode_id": episode.episode_id, "session_id": ""},
            {"episode_id": "", "session_id": "s"},
            {"episode_id": episode.episode_id, "session_id": "s"},
        ):
            assert await rooms.episodes.get("w", "u", "p", **given) == episode
        with pytest.raises(NotFound):
            await rooms.episodes.get(
                "w", "u", "p", episode_id=episode.episode_id, session_id="another"
            )

    async def test_one_of_the_ids_is_required(self, rooms: Rooms) -> None:
        with pytest.raises(InvalidArgument) as error:
            await rooms.episodes.get("w", "u", "p", episode_id="", session_id="")
        assert error.value.reason == "FIELD_REQUIRED"
        assert error.value.fields[0].field == "episode_id"

    async def test_shared_ones_are_read_by_other_personas_private_ones_are_not(
        self, rooms: Rooms
    ) -> None:
        shared = await rooms.archived("s1", visibility=Visibility.SHARED)
        private = await rooms.archived("s2", visibility=Visibility.PRIVATE)
        assert await rooms.get(shared.episode_id, persona="q") == shared
        with pytest.raises(NotFound):
            await rooms.get(private.episode_id, persona="q")
        with pytest.raises(NotFound):
            await rooms.episodes.get("w", "u", "q", episode_id="", session_id="s2")

    @pytest.mark.parametrize(("workspace", "user"), [("w2", "u"), ("w", "u2")])
    async def test_other_users_and_workspaces_find_nothing(
        self, rooms: Rooms, workspace: str, user: str
    ) -> None:
        episode = await rooms.archived("s")
        await rooms.talk("theirs", user="u2")
        with pytest.raises(NotFound):
            await rooms.episodes.get(
                workspace, user, "p", episode_id=episode.episode_id, session_id=""
            )
        with pytest.raises(NotFound):
            await rooms.episodes.get(workspace, user, "p", episode_id="", session_id="s")


class TestListing:
    async def test_the_latest_start_comes_first_whatever_the_page_size(self, rooms: Rooms) -> None:
        for number in (2, 0, 3, 1):
            rooms.clock.advance(60)
            new = backfill(f"s{number}")
            start = new.start_time + number * MICROSECONDS
            await rooms.episodes.put("w", "u", "p", replace(new, start_time=start), None)
        # The same moment twice: no page may lose or repeat one of them.
        await rooms.episodes.put("w", "u", "p", backfill("s-also-0"), None)
        for size in (1, 2, 3, 100):
            found = await ids(rooms, size=size)
            assert found[:3] == ["s3", "s2", "s1"]
            assert sorted(found[3:]) == ["s-also-0", "s0"]

    async def test_what_others_share_is_in_it_unless_only_its_own_are_wanted(
        self, rooms: Rooms
    ) -> None:
        await rooms.archived("mine", persona="p", visibility=Visibility.PRIVATE)
        await rooms.archived("shared", persona="q", visibility=Visibility.SHARED)
        await rooms.archived("secret", persona="q", visibility=Visibility.PRIVATE)
        await rooms.archived("foreign", user="u2", persona="p", visibility=Visibility.SHARED)
        assert sorted(await ids(rooms)) == ["mine", "shared"]
        assert await ids(rooms, own_only=True) == ["mine"]
        assert sorted(await ids(rooms, persona="q")) == ["secret", "shared"]

    async def test_an_interval_of_starts_is_half_open(self, rooms: Rooms) -> None:
        episode = (await put(rooms)).episode
        start = episode.start_time
        assert await ids(rooms, start_after=start, start_before=start + 1) == ["old"]
        assert await ids(rooms, start_after=start + 1) == []
        assert await ids(rooms, start_before=start) == []

    async def test_a_user_who_is_not_there_is_not_found(self, rooms: Rooms) -> None:
        with pytest.raises(NotFound):
            await ids(rooms, user="nobody")

    async def test_large_episodes_make_short_pages(self, rooms: Rooms) -> None:
        large = SuppliedEpisode(summary="x" * 60_000)
        for number in range(40):
            await put(rooms, f"s{number}", entries=(), supplied=large)
        page = await rooms.episodes.list(
            "w", "u", "p", start_after=None, start_before=None, own_only=True, page=PageRequest(40)
        )
        assert 1 < len(page.items) < 40
        assert page.next is not None
        assert len(set(await ids(rooms))) == 40


class TestPutting:
    async def test_it_keeps_its_own_times_and_entries(self, rooms: Rooms) -> None:
        said = backfill().start_time + 60 * MICROSECONDS
        timed = NewEntry("At a time of its own.", Role.USER, event_time=said, agent="scribe")
        done = await put(rooms, entries=(*TALK, timed))
        await rooms.runner.idle()
        episode = await rooms.get(done.episode.episode_id)
        assert episode.start_time == backfill().start_time
        assert episode.end_time == episode.start_time + HOUR
        assert episode.duration_seconds == 3600
        assert episode.create_time == rooms.clock.now()
        assert episode.metadata == {"from": "elsewhere"}
        assert (episode.entry_count, episode.agent) == (5, "scribe")
        assert episode.participants == ("u", "p")
        assert episode.summary_source is SummarySource.SUMMARIZER
        session = await rooms.sessions.get(SessionKey("w", "u", "p", "old"))
        assert (session.state, session.archived) == (SessionState.ENDED, True)
        assert session.episode_id == episode.episode_id
        entries = await entries_of(rooms, "old", Reader("w", "u", "p"))
        times = {entry.content: entry.event_time for entry in entries}
        assert times.pop(timed.content) == said
        assert set(times.values()) == {episode.start_time}

    async def test_the_index_hears_of_the_entries_and_of_what_was_supplied(
        self, rooms: Rooms
    ) -> None:
        done = await put(rooms, supplied=SuppliedEpisode(summary="Climbing."))
        assert await changes_of(rooms, done.revision) == [
            Change(WHOLE_SESSION, "", "old", Operation.UPSERT),
            Change(Kind.EPISODE, done.episode.episode_id, "old", Operation.UPSERT),
        ]

    async def test_a_summary_alone_is_enough(self, rooms: Rooms) -> None:
        done = await put(rooms, entries=(), supplied=SuppliedEpisode(summary="Climbing."))
        await rooms.runner.idle()
        episode = await rooms.get(done.episode.episode_id)
        assert (episode.summary, episode.entry_count) == ("Climbing.", 0)

    async def test_nothing_at_all_is_not(self, rooms: Rooms) -> None:
        for supplied in (SuppliedEpisode(), SuppliedEpisode(summary=" ", outcome="fine")):
            with pytest.raises(InvalidArgument) as error:
                await put(rooms, entries=(), supplied=supplied)
            assert error.value.fields[0].field == "entries"

    async def test_it_cannot_end_before_it_starts(self, rooms: Rooms) -> None:
        new = backfill()
        with pytest.raises(InvalidArgument) as error:
            await rooms.episodes.put("w", "u", "p", replace(new, end_time=new.start_time - 1), None)
        assert error.value.fields[0].field == "end_time"
        still = replace(new, end_time=new.start_time)
        assert (await rooms.episodes.put("w", "u", "p", still, None)).episode.duration_seconds == 0

    @pytest.mark.parametrize(("user", "persona"), [("u", "p"), ("u2", "p"), ("u", "q")])
    async def test_an_id_of_a_session_is_taken_in_the_whole_workspace(
        self, rooms: Rooms, user: str, persona: str
    ) -> None:
        await rooms.talk("old")
        with pytest.raises(AlreadyExists):
            await rooms.episodes.put("w", user, persona, backfill(), None)
        assert (await rooms.episodes.put("w2", user, persona, backfill(), None)).job_id

    async def test_the_server_makes_an_id(self, rooms: Rooms) -> None:
        done = await put(rooms, "")
        assert done.episode.session_id

    async def test_a_repeated_request_has_one_effect_and_the_same_answer(
        self, rooms: Rooms
    ) -> None:
        request = rooms.request("PutEpisode")
        answers = await asyncio.gather(
            *(rooms.episodes.put("w", "u", "p", backfill(""), request) for _ in range(20))
        )
        assert all(answer == answers[0] for answer in answers)
        await rooms.runner.idle()
        assert await rooms.episodes.put("w", "u", "p", backfill(""), request) == answers[0]
        assert len(await ids(rooms)) == 1
        with pytest.raises(FailedPrecondition) as error:
            await rooms.episodes.put(
                "w", "u", "p", backfill(""), rooms.request("PutEpisode", body="other")
            )
        assert error.value.reason == "REQUEST_ID_REUSED"


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


async def test_a_search_needs_something_to_search_for(rooms: Rooms) -> None:
    query = EpisodeQuery("  ", SearchIn.BOTH, None, None, 0.0, 0, False, ())
    with pytest.raises(InvalidArgument) as error:
        await rooms.episodes.search("w", "u", "p", query, PageRequest(10))
    assert error.value.fields[0].field == "query"
