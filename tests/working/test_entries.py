"""What is said and noted in sessions: appended, listed, deleted."""

from __future__ import annotations

import asyncio

import pytest

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import FailedPrecondition, InvalidArgument, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.paging import Cursor, PageRequest
from reverie_server.scope import Visibility
from reverie_server.storage.outbox import Change, Operation
from reverie_server.tiers.provenance import Role, Source
from reverie_server.tiers.working.entries import EntryQuery
from reverie_server.tiers.working.model import EntryCondition, NewEntry, SessionKey
from reverie_server.tiers.working.sessions import SessionTerms
from tests.working.rooms import EXPIRY, Rooms, answered, said


async def contents(rooms: Rooms, key: SessionKey, condition: EntryCondition) -> list[str]:
    return [entry.content for entry in await rooms.entries(key, condition)]


async def test_entries_are_kept_as_given(rooms: Rooms) -> None:
    key = await rooms.start(terms=SessionTerms("s", visibility=Visibility.PRIVATE))
    rooms.clock.advance(1)
    given = NewEntry(
        "a note\nof two lines", Role.TOOL, "plan", "Ada", "k", "scout", -7, {"a": "b", "ü": "é"}
    )
    ids = await rooms.append(key, given, said("hello"))
    first, second = await rooms.entries(key)
    assert (first.entry_id, second.entry_id) == ids
    assert first.content == given.content
    assert (first.role, first.timeline, first.speaker) == (Role.TOOL, "plan", "Ada")
    assert (first.key, first.agent, first.metadata) == ("k", "scout", {"a": "b", "ü": "é"})
    assert (first.event_time, first.create_time) == (-7, rooms.clock.now())
    assert (first.session_id, first.persona_id) == ("s", "p")
    assert first.visibility is second.visibility is Visibility.PRIVATE
    assert (second.timeline, second.event_time) == ("main", rooms.clock.now())
    assert (first.position, second.position) == (0, 1)


@pytest.mark.parametrize(
    ("role", "source", "trust"),
    [
        (Role.USER, Source.USER, 0.9),
        (Role.ASSISTANT, Source.PERSONA, 0.7),
        (Role.SYSTEM, Source.TOOL, 0.6),
        (Role.TOOL, Source.TOOL, 0.6),
        (Role.NOTE, Source.APPLICATION, 0.8),
    ],
)
async def test_the_role_decides_the_trust(
    rooms: Rooms, role: Role, source: Source, trust: float
) -> None:
    key = await rooms.start()
    await rooms.append(key, NewEntry("x", role))
    (entry,) = await rooms.entries(key)
    assert (entry.source, entry.trust) == (source, trust)


async def test_an_append_tells_the_index_under_one_revision(rooms: Rooms) -> None:
    key = await rooms.start()
    before = (await rooms.revisions()).revision
    appended = await rooms.working.entries.append(key, [said("a"), said("b")], None)
    assert appended.revision == before + 1 == (await rooms.revisions()).revision
    assert await rooms.changes() == [
        Change(Kind.ENTRY, entry_id, "s", Operation.UPSERT) for entry_id in appended.entry_ids
    ]
    rows = await rooms.rows("SELECT revision FROM entries")
    assert {row["revision"] for row in rows} == {appended.revision}


async def test_counters_move_and_idleness_is_put_off(rooms: Rooms) -> None:
    key = await rooms.start()
    rooms.clock.advance(10)
    await rooms.append(key, said("a"), answered("b"), NewEntry("c"), NewEntry("d", Role.SYSTEM))
    session = await rooms.working.sessions.get(key)
    assert (session.entry_count, session.turn_count, session.timeline_count) == (4, 2, 1)
    assert session.last_active_time == rooms.clock.now()


async def test_idleness_is_of_the_servers_time(rooms: Rooms) -> None:
    key = await rooms.start()
    rooms.clock.advance(10)
    await rooms.append(key, said("long ago", at=0))
    assert (await rooms.working.sessions.get(key)).last_active_time == rooms.clock.now()


async def test_response_times_are_averaged_over_appends(rooms: Rooms) -> None:
    key = await rooms.start()

    async def average(*entries: NewEntry) -> float | None:
        await rooms.append(key, *entries)
        return (await rooms.working.sessions.get(key)).average_response_seconds

    second = MICROSECONDS
    assert await average(answered("welcome", at=0)) is None
    assert await average(said("a", at=1 * second)) is None
    # The user's last entry before the answer counts.
    assert await average(said("b", at=3 * second), NewEntry("noted", event_time=4 * second)) is None
    assert await average(answered("c", at=5 * second), answered("and", at=50 * second)) == 2
    assert await average(said("d", at=60 * second), answered("e", at=61 * second)) == 1.5
    # A clock that was set back makes no negative time.
    assert await average(said("f", at=70 * second)) == 1.5
    assert await average(answered("g", at=10 * second)) == 1


async def test_nothing_is_appended_to_ended_sessions(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"))
    await rooms.end(key)
    before = await rooms.revisions()
    for reason in ("SESSION_ENDED", "SESSION_EXPIRED"):
        with pytest.raises(FailedPrecondition) as refused:
            await rooms.append(key, said("b"))
        assert refused.value.reason == reason
        rooms.clock.time += EXPIRY
    assert await rooms.revisions() == before
    assert len(await rooms.rows("SELECT entry_id FROM entries")) == 1


async def test_fifty_at_once_of_one_request_have_one_effect(rooms: Rooms) -> None:
    key = await rooms.start()
    request = rooms.request("AppendEntries")
    entries = [said("a"), answered("b")]
    before = (await rooms.revisions()).revision
    answers = await asyncio.gather(
        *(rooms.working.entries.append(key, entries, request) for _ in range(50))
    )
    assert all(answer == answers[0] for answer in answers)
    assert [entry.entry_id for entry in await rooms.entries(key)] == list(answers[0].entry_ids)
    assert (await rooms.working.sessions.get(key)).entry_count == 2
    assert (await rooms.revisions()).revision == before + 1
    with pytest.raises(FailedPrecondition) as refused:
        await rooms.working.entries.append(
            key, [said("c")], rooms.request("AppendEntries", body="other")
        )
    assert refused.value.reason == "REQUEST_ID_REUSED"


async def test_appends_at_once_get_places_of_their_own(rooms: Rooms) -> None:
    key = await rooms.start()
    await asyncio.gather(*(rooms.append(key, said(f"{n}a"), said(f"{n}b")) for n in range(40)))
    entries = await rooms.entries(key)
    assert [entry.position for entry in entries] == list(range(80))
    for first, second in zip(entries[::2], entries[1::2], strict=True):
        assert first.content.removesuffix("a") == second.content.removesuffix("b")


async def test_exact_conditions(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(
        key,
        NewEntry("a", key="k", event_time=1),
        NewEntry("b", timeline="plan", event_time=2),
        NewEntry("c", timeline="plan", key="k", event_time=3),
        NewEntry("d", key="K", event_time=4),
    )
    assert await contents(rooms, key, EntryCondition()) == ["a", "b", "c", "d"]
    assert await contents(rooms, key, EntryCondition(timeline="plan")) == ["b", "c"]
    assert await contents(rooms, key, EntryCondition(key="k")) == ["a", "c"]
    assert await contents(rooms, key, EntryCondition(timeline="plan", key="k")) == ["c"]
    assert await contents(rooms, key, EntryCondition(event_after=2)) == ["b", "c", "d"]
    assert await contents(rooms, key, EntryCondition(event_before=2)) == ["a"]
    assert await contents(rooms, key, EntryCondition(event_after=2, event_before=4)) == ["b", "c"]
    assert await contents(rooms, key, EntryCondition(timeline="nowhere")) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("last_n", [0, 1, 4, 7, 9, 30])
async def test_pages_of_the_newest_stay_what_they_were(
    rooms: Rooms, size: int, last_n: int
) -> None:
    key = await rooms.start()
    ids = await rooms.append(key, *[said(str(number)) for number in range(12)])
    await rooms.working.entries.delete(key, ids[4], None)
    await rooms.append(key, *[said("other", timeline="plan") for _ in range(3)])
    found: list[str] = []
    cursor: Cursor | None = None
    condition = EntryCondition(timeline="main")
    while True:
        page = await rooms.working.entries.list(key, condition, last_n, PageRequest(size, cursor))
        found += [entry.content for entry in page.items]
        assert len(page.items) <= size
        cursor = page.next
        if cursor is None:
            break
        if last_n:
            await rooms.append(key, said("later"))
    there = [str(number) for number in range(12) if number != 4]
    assert found == (there[-last_n:] if last_n else there)


async def test_the_newest_of_nothing(rooms: Rooms) -> None:
    key = await rooms.start()
    page = await rooms.working.entries.list(key, EntryCondition(), 5, PageRequest(10))
    assert (page.items, page.next) == ((), None)


async def test_entries_are_readable_until_their_session_expires(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"))
    await rooms.end(key)
    assert len(await rooms.entries(key)) == 1
    rooms.clock.time += EXPIRY
    for attempt in (rooms.entries(key), rooms.working.entries.search(key, EntryQuery("a"))):
        with pytest.raises(FailedPrecondition) as refused:
            await attempt
        assert refused.value.reason == "SESSION_EXPIRED"


async def test_a_deleted_entry_is_gone_for_good(rooms: Rooms) -> None:
    key = await rooms.start()
    first, second = await rooms.append(key, said("a"), NewEntry("b", timeline="plan"))
    revision = await rooms.working.entries.delete(key, first, None)
    assert [entry.entry_id for entry in await rooms.entries(key)] == [second]
    session = await rooms.working.sessions.get(key)
    assert (session.entry_count, session.turn_count, session.timeline_count) == (1, 0, 2)
    reached = await rooms.revisions()
    assert (reached.revision, reached.removal_revision) == (revision, revision)
    assert (await rooms.changes())[-1] == Change(Kind.ENTRY, first, "s", Operation.DELETE)
    with pytest.raises(NotFound) as refused:
        await rooms.working.entries.delete(key, first, None)
    assert refused.value.metadata == {"resource": "entry"}
    # Positions are never given twice.
    await rooms.append(key, said("c"))
    assert [entry.position for entry in await rooms.entries(key)] == [1, 2]


async def test_a_repeated_deletion_gives_the_first_answer(rooms: Rooms) -> None:
    key = await rooms.start()
    (entry_id,) = await rooms.append(key, said("a"))
    request = rooms.request("DeleteEntry")
    first = await rooms.working.entries.delete(key, entry_id, request)
    assert await rooms.working.entries.delete(key, entry_id, request) == first


async def test_an_entry_of_another_session_is_not_found(rooms: Rooms) -> None:
    key, other = await rooms.start("s"), await rooms.start("t")
    (entry_id,) = await rooms.append(other, said("a"))
    with pytest.raises(NotFound):
        await rooms.working.entries.delete(key, entry_id, None)
    assert len(await rooms.entries(other)) == 1


async def test_an_expired_sessions_entry_can_be_deleted(rooms: Rooms) -> None:
    key = await rooms.start()
    first, _ = await rooms.append(key, said("a"), said("b"))
    await rooms.end(key)
    rooms.clock.time += EXPIRY
    wakes = len(rooms.wakes)
    await rooms.working.entries.delete(key, first, None)
    # What was summarised of it is worked out anew.
    assert len(rooms.wakes) == wakes + 1
    rows = await rooms.rows("SELECT content FROM entries")
    assert rows == [{"content": "b"}]
    (episode,) = await rooms.rows("SELECT entry_count FROM episodes")
    assert episode["entry_count"] == 1


@pytest.mark.parametrize("query", ["", " \n"])
async def test_a_search_needs_something_to_look_for(rooms: Rooms, query: str) -> None:
    key = await rooms.start()
    with pytest.raises(InvalidArgument) as refused:
        await rooms.working.entries.search(key, EntryQuery(query))
    assert [violation.field for violation in refused.value.fields] == ["query"]
    assert refused.value.reason == "FIELD_REQUIRED"


async def test_a_server_that_embeds_takes_no_vectors(rooms: Rooms) -> None:
    key = await rooms.start()
    for attempt, field in (
        (rooms.append(key, said("a"), NewEntry("b", embedding=(1.0,))), "entries[1].embedding"),
        (rooms.working.entries.search(key, EntryQuery("a", vector=(1.0,))), "vector"),
    ):
        with pytest.raises(InvalidArgument) as refused:
            await attempt
        assert [violation.field for violation in refused.value.fields] == [field]
    assert await rooms.entries(key) == []


async def test_the_client_embedder_keeps_the_callers_vectors(
    rooms_of_client_vectors: Rooms,
) -> None:
    rooms = rooms_of_client_vectors
    key = await rooms.start()
    first, second = await rooms.append(
        key, NewEntry("a", embedding=(3.0, 4.0)), NewEntry("b", embedding=(0.0, 0.0))
    )
    vectors = await rooms.vectors()
    assert vectors[first] == pytest.approx([0.6, 0.8])
    assert vectors[second] == [0.0, 0.0]
    await rooms.working.entries.delete(key, first, None)
    assert set(await rooms.vectors()) == {second}


@pytest.mark.parametrize(
    ("embedding", "reason"),
    [((), "FIELD_REQUIRED"), ((1.0,), "INVALID_FIELD"), ((1.0, 2.0, 3.0), "INVALID_FIELD")],
)
async def test_the_client_embedder_refuses_other_dimensions(
    rooms_of_client_vectors: Rooms, embedding: tuple[float, ...], reason: str
) -> None:
    rooms = rooms_of_client_vectors
    key = await rooms.start()
    with pytest.raises(InvalidArgument) as refused:
        await rooms.append(
            key, NewEntry("a", embedding=(1.0, 0.0)), NewEntry("b", embedding=embedding)
        )
    assert [violation.field for violation in refused.value.fields] == ["entries[1].embedding"]
    assert refused.value.reason == reason
    assert await rooms.entries(key) == []
