"""What every adapter of the Database port does. Nothing here knows an engine."""

from __future__ import annotations

import asyncio
import contextvars
import json

import pytest

from reverie_server.errors import NotFound, ReverieError
from reverie_server.storage.database import (
    ConstraintViolation,
    Database,
    Snapshot,
    Transaction,
    UniqueViolation,
)
from reverie_server.storage.statements import Statements
from tests.storage.conftest import Gate


async def add(db: Database, notes: Statements, note_id: str, content: str = "text") -> None:
    await db.transaction(lambda tx: tx.execute(notes["add"], "o", note_id, content, 1.5))


async def note_ids(db: Database, notes: Statements) -> list[str]:
    return [row["note_id"] for row in await db.fetch(notes["get"], "o")]


async def test_rows_are_mappings_by_column_name(db: Database, notes: Statements) -> None:
    await db.transaction(lambda tx: tx.execute(notes["add"], "o", "1", "é\u4e16", None))
    assert await db.fetch(notes["get"], "o") == [
        {"note_id": "1", "content": "é\u4e16", "weight": None}
    ]
    assert await db.fetchrow(notes["get"], "o") == {
        "note_id": "1",
        "content": "é\u4e16",
        "weight": None,
    }
    assert await db.fetchval(notes["get"], "o") == "1"


async def test_nothing_found_is_empty_or_none(db: Database, notes: Statements) -> None:
    assert await db.fetch(notes["get"], "nobody") == []
    assert await db.fetchrow(notes["get"], "nobody") is None
    assert await db.fetchval(notes["get"], "nobody") is None


async def test_placeholders_are_positions_not_names(db: Database, notes: Statements) -> None:
    assert await db.fetchrow(notes["swapped"], "first", "second") == {
        "second": "second",
        "first": "first",
    }


async def test_membership_in_a_list_given_as_json(db: Database, notes: Statements) -> None:
    for note_id in ("1", "2", "3"):
        await add(db, notes, note_id)
    rows = await db.fetch(notes["among"], "o", json.dumps(["3", "1", "unknown"]))
    assert [row["note_id"] for row in rows] == ["1", "3"]
    assert await db.fetch(notes["among"], "o", "[]") == []


async def test_execute_counts_the_rows_it_changed(db: Database, notes: Statements) -> None:
    async def work(tx: Transaction) -> list[int]:
        return [
            await tx.execute(notes["change"], "o", "nothing there"),
            await tx.execute(notes["add"], "o", "1", "a", 0.0),
            await tx.execute(notes["add_if_missing"], "o", "1", "b", 0.0),
            await tx.execute(notes["add_if_missing"], "o", "2", "b", 0.0),
            await tx.execute(notes["change"], "o", "c"),
        ]

    assert await db.transaction(work) == [0, 1, 0, 1, 2]


async def test_returning_gives_the_changed_rows(db: Database, notes: Statements) -> None:
    async def work(tx: Transaction) -> list[str]:
        await tx.executemany(notes["add"], [("o", str(number), "a", 0.0) for number in range(3)])
        await tx.fetchrow(notes["change_returning"], "o", "changed")
        return [row["content"] for row in await tx.fetch(notes["get"], "o")]

    assert await db.transaction(work) == ["changed"] * 3
    assert {row["content"] for row in await db.fetch(notes["get"], "o")} == {"changed"}


async def test_a_unit_sees_its_own_writes_and_others_only_after_it(
    db: Database, notes: Statements
) -> None:
    async def work(tx: Transaction) -> int:
        await tx.execute(notes["add"], "o", "1", "a", 0.0)
        return int(await tx.fetchval(notes["count"]))

    assert await db.transaction(work) == 1
    assert await db.fetchval(notes["count"]) == 1


async def test_a_failing_unit_has_no_effect_and_its_error_arrives_whole(
    db: Database, notes: Statements
) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(notes["add"], "o", "1", "a", 0.0)
        await tx.executemany(notes["add"], [("o", "2", "a", 0.0)])
        raise NotFound.of("session", "s")

    with pytest.raises(NotFound, match="no session 's'") as caught:
        await db.transaction(work)
    assert caught.traceback[-1].name == "work"
    assert await db.fetchval(notes["count"]) == 0


async def test_only_the_failing_one_of_many_concurrent_units_is_undone(
    db: Database, notes: Statements
) -> None:
    def unit(number: int) -> asyncio.Task[None]:
        async def work(tx: Transaction) -> None:
            await tx.execute(notes["add"], "o", f"{number:03}", "a", 0.0)
            if number % 7 == 3:
                raise NotFound.of("number", str(number))

        return asyncio.create_task(db.transaction(work))

    outcomes = await asyncio.gather(*(unit(n) for n in range(200)), return_exceptions=True)
    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, ReverieError)] == [
        n for n in range(200) if n % 7 == 3
    ]
    assert await note_ids(db, notes) == [f"{n:03}" for n in range(200) if n % 7 != 3]


async def test_a_rehearsal_sees_its_own_changes_and_leaves_nothing(
    db: Database, notes: Statements
) -> None:
    await add(db, notes, "there")

    async def work(tx: Transaction) -> list[str]:
        await tx.execute(notes["add"], "o", "tried", "text", 1.5)
        await tx.execute(notes["change"], "o", "other")
        return [row["note_id"] for row in await tx.fetch(notes["get"], "o")]

    async def fail(tx: Transaction) -> None:
        await work(tx)
        raise NotFound("no")

    beside = [add(db, notes, f"beside {number}") for number in range(20)]
    outcomes = await asyncio.gather(
        *beside[:10], db.rehearse(work), db.rehearse(fail), *beside[10:], return_exceptions=True
    )

    assert isinstance(outcomes[10], list)
    assert {"there", "tried"} <= set(outcomes[10])
    assert isinstance(outcomes[11], NotFound)
    rows = await db.fetch(notes["get"], "o")
    assert {row["note_id"] for row in rows} == {"there"} | {f"beside {n}" for n in range(20)}
    assert {row["content"] for row in rows} == {"text"}


async def test_a_duplicate_key_is_a_unique_violation(db: Database, notes: Statements) -> None:
    await add(db, notes, "1")
    with pytest.raises(UniqueViolation):
        await add(db, notes, "1")


async def test_another_broken_constraint_is_a_constraint_violation(
    db: Database, notes: Statements
) -> None:
    with pytest.raises(ConstraintViolation) as caught:
        await add(db, notes, "1", "forbidden")
    assert not isinstance(caught.value, UniqueViolation)


async def test_a_unit_may_turn_a_violation_into_a_better_error(
    db: Database, notes: Statements
) -> None:
    async def work(tx: Transaction) -> None:
        try:
            await tx.execute(notes["add"], "o", "1", "again", 0.0)
        except UniqueViolation as error:
            raise NotFound.of("free place", "1") from error

    await add(db, notes, "1")
    with pytest.raises(NotFound):
        await db.transaction(work)


async def test_a_unit_cannot_commit_past_a_failed_statement(
    db: Database, notes: Statements
) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(notes["add"], "o", "before", "a", 0.0)
        try:
            await tx.execute(notes["add"], "o", "before", "a", 0.0)
        except UniqueViolation:
            return

    with pytest.raises(UniqueViolation):
        await db.transaction(work)
    assert await note_ids(db, notes) == []


async def test_a_snapshot_does_not_move(db: Database, notes: Statements, gate: Gate) -> None:
    async def work(snapshot: Snapshot) -> tuple[int, int]:
        before = await snapshot.fetchval(notes["count"])
        await gate.arrive()
        return before, await snapshot.fetchval(notes["count"])

    reading = asyncio.create_task(db.read(work))
    await gate.reached()
    await add(db, notes, "1")
    gate.open()
    assert await reading == (0, 0)
    assert await db.fetchval(notes["count"]) == 1


@pytest.mark.parametrize("brief", [False, True])
async def test_a_read_cannot_write(db: Database, notes: Statements, brief: bool) -> None:
    async def work(snapshot: Snapshot) -> None:
        await snapshot.fetch(notes["add"], "o", "1", "a", 0.0)

    with pytest.raises(Exception, match=r"(?i)read.?only|cannot be used"):
        await db.read(work, brief=brief)
    assert await db.fetchval(notes["count"]) == 0


async def test_a_read_sees_what_was_committed_before_it(db: Database, notes: Statements) -> None:
    async def count(snapshot: Snapshot) -> object:
        return await snapshot.fetchval(notes["count"])

    for number in range(30):
        await add(db, notes, str(number))
        assert await db.fetchval(notes["count"]) == number + 1
        assert await db.read(count, brief=True) == number + 1


@pytest.mark.parametrize("brief", [False, True])
async def test_a_read_that_fails_leaves_the_next_one_alone(
    db: Database, notes: Statements, brief: bool
) -> None:
    async def fail(snapshot: Snapshot) -> None:
        await snapshot.fetchval(notes["count"])
        raise LookupError("nothing of the kind")

    async def count(snapshot: Snapshot) -> object:
        return await snapshot.fetchval(notes["count"])

    with pytest.raises(LookupError, match="nothing of the kind"):
        await db.read(fail, brief=brief)
    await add(db, notes, "1")
    assert await db.read(count, brief=brief) == 1


async def test_a_unit_runs_in_its_callers_context(db: Database, notes: Statements) -> None:
    caller: contextvars.ContextVar[str] = contextvars.ContextVar("caller")

    async def work(tx: Snapshot) -> str:
        return caller.get()

    async def ask(name: str) -> tuple[str, str, str]:
        caller.set(name)
        return await db.transaction(work), await db.read(work), await db.read(work, brief=True)

    names = [f"caller-{number}" for number in range(20)]
    assert await asyncio.gather(*map(ask, names)) == [(name, name, name) for name in names]


async def test_a_unit_whose_caller_left_before_it_began_never_runs(
    db: Database, notes: Statements, gate: Gate
) -> None:
    async def hold(tx: Transaction) -> None:
        await gate.arrive()
        await tx.execute(notes["add"], "o", "holder", "a", 0.0)

    holder = asyncio.create_task(db.transaction(hold))
    await gate.reached()
    abandoned = asyncio.create_task(add(db, notes, "abandoned"))
    await asyncio.sleep(0)
    abandoned.cancel()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    gate.open()
    await holder
    await add(db, notes, "after")
    assert await note_ids(db, notes) == ["after", "holder"]


async def test_a_unit_whose_caller_leaves_while_it_runs_commits(
    db: Database, notes: Statements, gate: Gate
) -> None:
    committed = asyncio.Event()
    db.on_commit(committed.set)

    async def work(tx: Transaction) -> None:
        await tx.fetchval(notes["count"])
        await gate.arrive()
        await tx.execute(notes["add"], "o", "1", "a", 0.0)

    running = asyncio.create_task(db.transaction(work))
    await gate.reached()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    gate.open()
    await committed.wait()
    assert await note_ids(db, notes) == ["1"]


async def test_commits_are_announced_before_their_callers_continue(
    db: Database, notes: Statements
) -> None:
    announced: list[str] = []
    db.on_commit(lambda: announced.append("commit"))

    async def fail(tx: Transaction) -> None:
        await tx.execute(notes["add"], "o", "1", "a", 0.0)
        raise NotFound.of("thing", "x")

    await db.fetchval(notes["count"])
    with pytest.raises(NotFound):
        await db.transaction(fail)
    announced.clear()
    await add(db, notes, "1")
    assert announced == ["commit"]


async def test_close_finishes_what_was_begun_and_may_be_repeated(
    db: Database, notes: Statements
) -> None:
    writes = [asyncio.create_task(add(db, notes, str(number))) for number in range(50)]
    read = asyncio.create_task(db.fetchval(notes["count"]))
    await asyncio.sleep(0)
    await asyncio.gather(db.close(), db.close())
    await asyncio.gather(*writes)
    assert 0 <= await read <= 50
    await db.close()
    with pytest.raises(ReverieError, match="closed"):
        await add(db, notes, "late")
