"""Sessions as the episodic room needs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest

from reverie_server.errors import AlreadyExists
from reverie_server.index.memory_index import Kind
from reverie_server.paging import PageRequest
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import revision
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import WHOLE_SESSION, Change, Operation
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    NewEntry,
    Session,
    SessionContext,
    SessionKey,
    SessionState,
)
from tests.working.rooms import EXPIRY, Rooms, answered, said

T = TypeVar("T")
VECTOR = (0.6, 0.8)


async def stored(rooms: Rooms, key: SessionKey) -> Session | None:
    return await rooms.db.read(
        lambda snapshot: rooms.records.get(
            snapshot, key.workspace_id, key.user_id, key.persona_id, key.session_id
        )
    )


async def copy(
    rooms: Rooms,
    source: SessionKey,
    new_session_id: str,
    *,
    until_position: int | None = None,
    with_entries: bool = True,
) -> Session:
    """Rehydrates a session, as the episodic room does."""
    session = await stored(rooms, source)
    assert session is not None
    context = SessionContext("then")

    async def work(tx: Transaction) -> tuple[Session, int, list[Change]]:
        taken = await revision.bump(tx, "w", "u")
        return await rooms.records.copy_session(
            tx,
            session,
            new_session_id,
            until_position=until_position,
            context=context,
            with_entries=with_entries,
            summary="" if with_entries else "what it was about",
            revision=taken,
            now=rooms.clock.now(),
        )

    made, count, changes = await rooms.db.transaction(work)
    assert changes == []
    assert made.entry_count == count
    assert made == await stored(rooms, made.key)
    assert made.context == context
    return made


async def delete(rooms: Rooms, session_id: str) -> list[Change]:
    async def work(tx: Transaction) -> list[Change]:
        taken = await revision.bump(tx, "w", "u")
        return await rooms.records.delete_session(tx, "w", "u", session_id, taken)

    return await rooms.db.transaction(work)


async def origins(rooms: Rooms, session_id: str) -> list[str]:
    rows = await rooms.rows(
        "SELECT copied_from_entry_id AS origin FROM entries WHERE session_id = $1"
        " ORDER BY position",
        session_id,
    )
    return [row["origin"] for row in rows]


async def ids(rooms: Rooms, session_id: str) -> list[str]:
    rows = await rooms.rows(
        "SELECT entry_id FROM entries WHERE session_id = $1 ORDER BY position", session_id
    )
    return [row["entry_id"] for row in rows]


def with_vectors(*contents: str) -> Sequence[NewEntry]:
    return [NewEntry(content, Role.USER, embedding=VECTOR) for content in contents]


async def insert(rooms: Rooms, session_id: str, entries: Sequence[NewEntry]) -> Session:
    async def work(tx: Transaction) -> Session:
        taken = await revision.bump(tx, "w", "u")
        return await rooms.records.insert_ended(
            tx,
            "w",
            "u",
            "p",
            session_id,
            Visibility.PRIVATE,
            {"from": "elsewhere"},
            100,
            200,
            entries,
            "episode",
            taken,
            rooms.clock.now(),
        )

    return await rooms.db.transaction(work)


async def test_an_ended_session_is_stored_whole(rooms: Rooms) -> None:
    await rooms.start("other")
    session = await insert(
        rooms, "s", [said("a", at=110), answered("b", timeline="plan", at=130), said("c")]
    )
    now = rooms.clock.now()
    assert session == await stored(rooms, session.key)
    assert session.state is SessionState.ENDED
    assert session.archived
    assert session.episode_id == "episode"
    assert session.metadata == {"from": "elsewhere"}
    assert session.visibility is Visibility.PRIVATE
    assert (session.start_time, session.end_time) == (100, 200)
    assert session.expire_time == now + EXPIRY
    assert (session.entry_count, session.turn_count, session.timeline_count) == (3, 3, 2)
    assert session.average_response_seconds == 20 / 1_000_000
    entries = await rooms.entries(session.key)
    assert [(each.content, each.event_time) for each in entries] == [
        ("a", 110),
        ("b", 130),
        ("c", 100),
    ]
    with pytest.raises(AlreadyExists):
        await insert(rooms, "s", [])


async def test_a_copy_goes_on_with_everything(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"), answered("b", timeline="plan"), NewEntry("c", key="k"))
    await rooms.working.timelines.close(key, "plan")
    await rooms.working.timelines.open(key, "empty")
    originals = await rooms.entries(key)
    await rooms.end(key)
    changes = await rooms.changes()

    rooms.clock.advance(5)
    made = await copy(rooms, key, "again")
    assert made.state is SessionState.ACTIVE
    assert made.rehydrated_from_session_id == "s"
    assert made.start_time == made.last_active_time == rooms.clock.now()
    assert (made.entry_count, made.turn_count, made.timeline_count) == (3, 2, 3)
    copies = await rooms.entries(made.key)
    assert [each.content for each in copies] == ["a", "b", "c"]
    assert [each.event_time for each in copies] == [each.event_time for each in originals]
    assert [each.copied_from_entry_id for each in copies] == [each.entry_id for each in originals]
    assert copies[2].key == "k"
    timelines = await rooms.working.timelines.list(made.key, PageRequest(10))
    assert [(each.timeline, each.closed) for each in timelines.items] == [
        ("empty", False),
        ("main", False),
        ("plan", True),
    ]
    # Copies are no news to the index.
    assert await rooms.changes() == changes
    await rooms.append(made.key, said("d"))
    assert [each.position for each in await rooms.entries(made.key)] == [0, 1, 2, 3]


async def test_a_copy_of_what_was_before_a_point(rooms: Rooms) -> None:
    key = await rooms.start()
    first, *_ = await rooms.append(key, said("a"), said("b"), said("c", timeline="plan"))
    await rooms.working.entries.delete(key, first, None)
    await rooms.working.timelines.close(key, "main")
    await rooms.end(key)
    made = await copy(rooms, key, "again", until_position=2)
    assert [each.content for each in await rooms.entries(made.key)] == ["b"]
    assert made.timeline_count == 1
    # Going back to go on: what was closed later is open.
    await rooms.append(made.key, said("d"))


async def test_a_copy_of_the_summary_only(rooms: Rooms) -> None:
    key = await rooms.start()
    await rooms.append(key, said("a"))
    await rooms.end(key)
    made = await copy(rooms, key, "again", with_entries=False)
    assert made.rehydrated_summary == "what it was about"
    assert (made.entry_count, made.timeline_count) == (0, 0)
    with pytest.raises(AlreadyExists):
        await copy(rooms, key, "again")


async def test_a_copy_of_a_copy_repeats_the_original(rooms: Rooms) -> None:
    key = await rooms.start()
    (entry_id,) = await rooms.append(key, said("a"))
    await rooms.end(key)
    first = await copy(rooms, key, "first")
    await rooms.end(first.key)
    second = await copy(rooms, first.key, "second")
    assert await origins(rooms, second.session_id) == [entry_id]


async def test_a_deleted_session_leaves_one_copy_of_each_entry_to_be_found(
    rooms_of_client_vectors: Rooms,
) -> None:
    rooms = rooms_of_client_vectors
    key = await rooms.start()
    await rooms.append(key, *with_vectors("a", "b"))
    await rooms.working.bookmarks.set(key, "here", None)
    await rooms.end(key)
    await copy(rooms, key, "first")
    rooms.clock.advance(1)
    await copy(rooms, key, "second")
    changes = await delete(rooms, "s")

    heirs = await ids(rooms, "first")
    assert changes == [
        Change(WHOLE_SESSION, "", "s", Operation.DELETE),
        *[
            change
            for change in changes
            if change.kind == Kind.ENTRY and change.operation is Operation.UPSERT
        ],
    ]
    assert {change.memory_id for change in changes[1:]} == set(heirs)
    assert {change.session_id for change in changes[1:]} == {"first"}
    assert await origins(rooms, "first") == ["", ""]
    assert await origins(rooms, "second") == heirs
    # The callers' vectors could not be made again.
    assert await rooms.vectors() == {heir: pytest.approx(VECTOR) for heir in heirs}
    rows = await rooms.rows(
        "SELECT v.memory_id FROM memory_vectors v JOIN entries e ON e.entry_id = v.memory_id"
        " AND e.content_hash = v.content_hash"
    )
    assert len(rows) == 2
    for table in ("sessions", "timelines", "entries", "bookmarks"):
        rows = await rooms.rows(f"SELECT session_id FROM {table}")  # noqa: S608 - names above
        assert {row["session_id"] for row in rows} <= {"first", "second"}


async def test_a_deleted_entry_leaves_a_copy_to_be_found(rooms: Rooms) -> None:
    key = await rooms.start()
    first, second = await rooms.append(key, said("a"), said("b"))
    await rooms.end(key)
    await copy(rooms, key, "again")
    await rooms.working.entries.delete(key, first, None)
    heir, _ = await ids(rooms, "again")
    assert await origins(rooms, "again") == ["", second]
    changes = await rooms.changes()
    assert Change(Kind.ENTRY, heir, "again", Operation.UPSERT) in changes


async def test_visibility_changes_without_embedding_anew(rooms_of_client_vectors: Rooms) -> None:
    rooms = rooms_of_client_vectors
    key = await rooms.start()
    entry_ids = await rooms.append(key, *with_vectors("a", "b"))
    await rooms.end(key)
    hashes = await rooms.rows("SELECT content_hash FROM entries")

    async def work(tx: Transaction) -> list[Change]:
        taken = await revision.bump(tx, "w", "u")
        return await rooms.records.set_visibility(tx, "w", "u", "s", Visibility.PRIVATE, taken)

    changes = await rooms.db.transaction(work)
    assert changes == [Change(WHOLE_SESSION, "", "s", Operation.UPSERT)]
    session = await stored(rooms, key)
    assert session is not None
    assert session.visibility is Visibility.PRIVATE
    assert {each.visibility for each in await rooms.entries(key)} == {Visibility.PRIVATE}
    changed = await rooms.rows("SELECT content_hash, revision FROM entries")
    assert not {row["content_hash"] for row in changed} & {row["content_hash"] for row in hashes}
    assert {row["revision"] for row in changed} == {session.version}
    of_vectors = await rooms.rows("SELECT content_hash FROM memory_vectors")
    assert {row["content_hash"] for row in of_vectors} == {row["content_hash"] for row in changed}
    assert set(await rooms.vectors()) == set(entry_ids)


async def test_entries_are_read_as_the_reader_may(rooms: Rooms) -> None:
    shared = await rooms.start("shared")
    private = await rooms.start("private", persona="q")
    (first,) = await rooms.append(shared, said("a"))
    (second,) = await rooms.append(private, NewEntry("b", Role.TOOL))
    await rooms.execute("UPDATE entries SET visibility = 2 WHERE session_id = 'private'")

    async def contents(reader: Reader) -> set[str]:
        found = await rooms.db.read(
            lambda snapshot: rooms.records.entries(snapshot, reader, [first, second, "no such"])
        )
        return {entry.content for entry in found}

    assert await contents(Reader("w", "u", "p")) == {"a"}
    assert await contents(Reader("w", "u", "q")) == {"a", "b"}
    assert await contents(Reader("w", "u", "q", reads_shared=False)) == {"b"}
    assert await contents(Reader("w", "other", "q")) == set()
    assert await contents(Reader("elsewhere", "u", "q")) == set()

    async def lowest(*entry_ids: str) -> float | None:
        return await rooms.db.read(
            lambda snapshot: rooms.records.lowest_trust(snapshot, "w", "u", entry_ids)
        )

    assert await lowest(first) == 0.9
    assert await lowest(first, second) == 0.6
    assert await lowest("no such") is None
    assert await lowest() is None


async def test_extraction_is_noted(rooms: Rooms) -> None:
    key = await rooms.start()

    async def work(tx: Transaction) -> None:
        taken = await revision.bump(tx, "w", "u")
        await rooms.records.mark_extracted(tx, "w", "u", "s", taken)

    before = await rooms.working.sessions.get(key)
    await rooms.db.transaction(work)
    after = await rooms.working.sessions.get(key)
    assert (before.memory_extracted, after.memory_extracted) == (False, True)
    assert after.version > before.version
