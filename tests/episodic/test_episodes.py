"""Reading episodes and bringing them in."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from reverie_server.index.memory_index import Kind
from reverie_server.paging import PageRequest
from reverie_server.scope import Reader, Visibility
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.tiers.episodic.model import (
    EpisodeQuery,
    SearchIn,
    SummarySource,
)
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    NewEntry,
    SessionKey,
    SessionState,
    SuppliedEpisode,
)
from tests.episodic.conftest import HOUR, TALK, Rooms, backfill, changes_of, entries_of, put


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


async def test_a_search_needs_something_to_search_for(rooms: Rooms) -> None:
    query = EpisodeQuery("  ", SearchIn.BOTH, None, None, 0.0, 0, False, ())
    with pytest.raises(InvalidArgument) as error:
        await rooms.episodes.search("w", "u", "p", query, PageRequest(10))
    assert error.value.fields[0].field == "query"
