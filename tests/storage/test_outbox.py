"""The outbox: nothing committed is missed, an owner's order is kept, nothing goes too early."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from reverie_server.errors import NotFound
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import outbox, revision
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.outbox import (
    WHOLE_SESSION,
    Change,
    Operation,
    OutboxCounts,
    PendingChange,
)

ENTRY = 1
NOW = 1_000_000


def entry(memory_id: str, operation: Operation = Operation.UPSERT) -> Change:
    return Change(ENTRY, memory_id, "s", operation)


async def write(db: Database, user_id: str, *changes: Change, now: int = NOW) -> int:
    async def work(tx: Transaction) -> int:
        taken = await revision.bump(tx, "w", user_id)
        await outbox.record(tx, "w", user_id, taken, changes, now)
        return taken

    return await db.transaction(work)


async def pending(
    db: Database, limit: int = 1_000, after: tuple[str, str] = ("", "")
) -> list[PendingChange]:
    return await db.read(lambda snapshot: outbox.pending(snapshot, limit, after))


async def is_behind(db: Database, user_id: str, at: int) -> bool:
    return await db.read(lambda snapshot: outbox.is_behind(snapshot, "w", user_id, at))


async def apply(db: Database, *rows: PendingChange) -> None:
    await db.transaction(lambda tx: outbox.mark_applied(tx, [row.key for row in rows]))


async def test_what_was_recorded_is_pending_as_it_was(migrated: Database) -> None:
    first = await write(migrated, "u", entry("a"), entry("b", Operation.DELETE))
    second = await write(migrated, "u", Change(WHOLE_SESSION, "", "s", Operation.UPSERT), now=7)
    rows = await pending(migrated)
    assert [(row.key.revision, row.change, row.create_time) for row in rows] == [
        (first, entry("a"), NOW),
        (first, entry("b", Operation.DELETE), NOW),
        (second, Change(WHOLE_SESSION, "", "s", Operation.UPSERT), 7),
    ]
    assert {(row.key.workspace_id, row.key.user_id) for row in rows} == {("w", "u")}


async def test_several_stores_may_write_under_one_revision(migrated: Database) -> None:
    async def work(tx: Transaction) -> None:
        taken = await revision.bump(tx, "w", "u")
        for changes in ([entry("a")], [], [entry("b"), entry("c")], [entry("d")]):
            await outbox.record(tx, "w", "u", taken, changes, NOW)

    await migrated.transaction(work)
    rows = await pending(migrated)
    assert [row.change.memory_id for row in rows] == ["a", "b", "c", "d"]
    ordinals = [row.key.ordinal for row in rows]
    assert ordinals == sorted(set(ordinals))


async def test_a_failing_unit_leaves_no_row(migrated: Database) -> None:
    async def work(tx: Transaction) -> None:
        await outbox.record(tx, "w", "u", 1, [entry("a")], NOW)
        raise NotFound.of("session", "s")

    with pytest.raises(NotFound):
        await migrated.transaction(work)
    assert await pending(migrated) == []


async def test_concurrent_changes_of_many_owners_keep_each_owners_order(
    migrated: Database,
) -> None:
    async def write_some(user_id: str, number: int) -> tuple[str, int, str]:
        memory_id = f"{user_id}-{number}"
        return user_id, await write(migrated, user_id, entry(memory_id)), memory_id

    written = await asyncio.gather(
        *(write_some(user, n) for n in range(30) for user in ("v", "u", SHARED_OWNER))
    )
    by_owner: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in await pending(migrated):
        by_owner[row.key.user_id].append((row.key.revision, row.change.memory_id))
    for user in ("u", "v", SHARED_OWNER):
        assert by_owner[user] == sorted((at, m) for owner, at, m in written if owner == user)


async def test_pages_go_round_the_owners(migrated: Database) -> None:
    await write(migrated, "u", *(entry(str(n)) for n in range(5)))
    await write(migrated, "v", entry("of v"))
    page = await pending(migrated, limit=2)
    assert [row.change.memory_id for row in page] == ["0", "1"]
    last = page[-1].key
    assert [
        row.change.memory_id
        for row in await pending(migrated, limit=2, after=(last.workspace_id, last.user_id))
    ] == ["of v"]


async def test_an_owner_is_behind_until_its_changes_are_applied(migrated: Database) -> None:
    first = await write(migrated, "u", entry("a"))
    second = await write(migrated, "u", entry("b"))
    assert not await is_behind(migrated, "u", first - 1)
    assert await is_behind(migrated, "u", first)
    assert not await is_behind(migrated, "v", second)
    rows = await pending(migrated)
    await apply(migrated, rows[0])
    assert not await is_behind(migrated, "u", first)
    assert await is_behind(migrated, "u", second)
    await apply(migrated, rows[1])
    assert not await is_behind(migrated, "u", second)
    assert await pending(migrated) == []


async def test_rows_stay_until_they_are_durable_in_the_index(migrated: Database) -> None:
    await write(migrated, "u", entry("a"), entry("b"), now=5)
    first, second = await pending(migrated)
    assert await migrated.read(outbox.counts) == OutboxCounts(2, 0, 5)
    await apply(migrated, first)
    assert await migrated.read(outbox.counts) == OutboxCounts(1, 1, 5)
    # The flush proved the first; the second was not even applied and must stay.
    keys = [first.key, second.key]
    await migrated.transaction(lambda tx: outbox.forget_durable(tx, keys))
    assert await migrated.read(outbox.counts) == OutboxCounts(1, 0, 5)
    assert await pending(migrated) == [second]
    await apply(migrated, second)
    await migrated.transaction(lambda tx: outbox.forget_durable(tx, keys))
    assert await migrated.read(outbox.counts) == OutboxCounts(0, 0, None)


async def test_after_a_restart_everything_kept_waits_again(migrated: Database) -> None:
    taken = await write(migrated, "u", entry("a"), entry("b"))
    rows = await pending(migrated)
    await apply(migrated, rows[0])
    assert await migrated.transaction(outbox.reset_applied) == 1
    assert await pending(migrated) == rows
    assert await is_behind(migrated, "u", taken)
    assert await migrated.transaction(outbox.reset_applied) == 0
