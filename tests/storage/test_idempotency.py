"""Request ids: one effect and one answer, however often and however concurrently they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from reverie_server.errors import FailedPrecondition, NotFound
from reverie_server.storage import idempotency, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import KEPT, SWEEP_LIMIT, Request
from reverie_server.storage.statements import parse
from tests.storage.conftest import Open

NOW = 10 * KEPT
REQUEST = Request("w", "key-1", "AppendEntries", "r-1", "u", "hash", NOW)

RECORDS = parse("-- name: count\nSELECT COUNT(*) FROM request_records", source="tests")


@dataclass(frozen=True, slots=True)
class Appended:
    entry_ids: tuple[str, ...]
    revision: int
    note: str | None = None


async def append(db: Database, request: Request | None) -> Appended:
    """An effect that can be counted: each one takes a revision of the user."""

    async def work(tx: Transaction) -> Appended:
        async def effect() -> Appended:
            return Appended(("é", "b"), await revision.bump(tx, "w", "u"))

        return await idempotency.once(tx, request, Appended, effect)

    return await db.transaction(work)


async def effects(db: Database) -> int:
    return (await db.read(lambda snapshot: revision.current(snapshot, "w", "u"))).revision


async def records(db: Database) -> int:
    async def count(snapshot: Snapshot) -> int:
        return int(await snapshot.fetchval(RECORDS["count"]))

    return await db.read(count)


async def test_concurrent_duplicates_have_one_effect_and_one_answer(migrated: Database) -> None:
    answers = await asyncio.gather(*(append(migrated, REQUEST) for _ in range(50)))
    assert set(answers) == {Appended(("é", "b"), 1)}
    assert await effects(migrated) == 1


async def test_another_body_under_the_same_id_is_refused(migrated: Database) -> None:
    await append(migrated, REQUEST)
    with pytest.raises(FailedPrecondition) as caught:
        await append(migrated, replace(REQUEST, fingerprint="another"))
    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert await effects(migrated) == 1


async def test_an_answer_can_be_looked_up_before_long_work(migrated: Database) -> None:
    async def known(request: Request | None) -> Appended | None:
        return await migrated.read(
            lambda snapshot: idempotency.answered(snapshot, request, Appended)
        )

    assert await known(None) is None
    assert await known(REQUEST) is None
    given = await append(migrated, REQUEST)
    assert await known(REQUEST) == given
    with pytest.raises(FailedPrecondition, match="another request"):
        await known(replace(REQUEST, fingerprint="another"))
    await migrated.transaction(lambda tx: idempotency.forget_user(tx, "w", "u"))
    with pytest.raises(NotFound):
        await known(REQUEST)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, workspace_id="x"),
        replace(REQUEST, caller="key-2"),
        replace(REQUEST, method="EndSession"),
        replace(REQUEST, request_id="r-2"),
    ],
    ids=["workspace", "caller", "method", "request id"],
)
async def test_ids_are_bound_to_workspace_caller_and_method(
    migrated: Database, other: Request
) -> None:
    await append(migrated, REQUEST)
    assert (await append(migrated, other)).revision == 2


async def test_without_an_id_every_call_has_its_effect(migrated: Database) -> None:
    assert [(await append(migrated, None)).revision for _ in range(3)] == [1, 2, 3]
    assert await records(migrated) == 0


async def test_a_failing_unit_leaves_no_record(migrated: Database) -> None:
    async def fail(tx: Transaction) -> Appended:
        async def effect() -> Appended:
            await revision.bump(tx, "w", "u")
            raise NotFound.of("session", "s")

        return await idempotency.once(tx, REQUEST, Appended, effect)

    with pytest.raises(NotFound):
        await migrated.transaction(fail)
    assert await records(migrated) == 0
    assert (await append(migrated, REQUEST)).revision == 1


async def test_the_answer_outlives_the_process(
    reopen: Open, add_owners: Callable[[Database], Awaitable[None]]
) -> None:
    db = await reopen()
    await add_owners(db)
    answer = await append(db, REQUEST)
    await db.close()
    db = await reopen()
    assert await append(db, REQUEST) == answer
    assert await effects(db) == 1
    await db.close()


async def test_old_records_are_swept_and_young_ones_kept(migrated: Database) -> None:
    old = replace(REQUEST, request_id="old", create_time=NOW - KEPT - 1)
    for request in (old, replace(old, request_id="older", create_time=5), REQUEST):
        await append(migrated, request)
    assert await migrated.transaction(lambda tx: idempotency.sweep(tx, NOW)) == 2
    assert await records(migrated) == 1
    assert (await append(migrated, REQUEST)).revision == 3, "still the stored answer"
    assert (await append(migrated, old)).revision == 4, "forgotten, so it runs anew"


async def test_a_sweep_is_bounded(migrated: Database) -> None:
    async def fill(tx: Transaction) -> None:
        async def nothing() -> None:
            return None

        for number in range(SWEEP_LIMIT + 5):
            request = replace(REQUEST, request_id=str(number), create_time=number)
            await idempotency.once(tx, request, type(None), nothing)

    await migrated.transaction(fill)
    assert await migrated.transaction(lambda tx: idempotency.sweep(tx, NOW)) == SWEEP_LIMIT
    assert await migrated.transaction(lambda tx: idempotency.sweep(tx, NOW)) == 5
    assert await migrated.transaction(lambda tx: idempotency.sweep(tx, NOW)) == 0


async def test_a_forgotten_answer_stays_forgotten_and_its_request_has_no_second_effect(
    migrated: Database,
) -> None:
    await append(migrated, REQUEST)
    for other in ('é"', "1", "e", "bb"):
        await forget(migrated, "w", "u", other)
    await forget(migrated, "w", "another user", "é")
    await forget(migrated, "another workspace", "u", "é")
    assert (await append(migrated, REQUEST)).entry_ids == ("é", "b")
    await forget(migrated, "w", "u", "é")
    with pytest.raises(NotFound):
        await append(migrated, REQUEST)
    assert await effects(migrated) == 1


async def forget(db: Database, workspace_id: str, user_id: str, memory_id: str) -> None:
    await db.transaction(
        lambda tx: idempotency.forget_answers(tx, workspace_id, user_id, memory_id)
    )
