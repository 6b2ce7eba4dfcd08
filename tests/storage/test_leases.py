"""Leases: one holder at a time, by the database's clock, and a fence for those who were asleep."""

from __future__ import annotations

from reverie_server.storage import leases
from reverie_server.storage.database import Database, Transaction

LONG, OVER = 3_600.0, -1.0
"""In seconds: a lease that holds for all of a test, and one that has run out already."""


async def take(db: Database, name: str, holder: str, seconds: float = LONG) -> int | None:
    return await db.transaction(lambda tx: leases.take(tx, name, holder, seconds))


async def give_up(db: Database, name: str, holder: str, pause: float) -> None:
    await db.transaction(lambda tx: leases.give_up(tx, name, holder, pause_seconds=pause))


async def holds(db: Database, name: str, holder: str, fence: int) -> bool:
    return await db.transaction(lambda tx: leases.hold(tx, name, holder, fence))


async def test_a_lease_has_one_holder_who_may_renew_it(migrated: Database) -> None:
    assert await take(migrated, "work", "a") == 1
    assert await take(migrated, "work", "b") is None
    assert await take(migrated, "work", "a") == 1
    assert await migrated.read(lambda tx: leases.is_taken(tx, "work"))


async def test_what_has_run_out_is_taken_over_and_the_old_holder_is_fenced_off(
    migrated: Database,
) -> None:
    assert await take(migrated, "work", "a", OVER) == 1
    assert await holds(migrated, "work", "a", 1), "nobody has taken it"
    assert not await migrated.read(lambda tx: leases.is_taken(tx, "work"))
    assert await take(migrated, "work", "b", OVER) == 2
    assert not await holds(migrated, "work", "a", 1)
    assert await take(migrated, "work", "a") == 3
    assert not await holds(migrated, "work", "a", 1), "what it began before is not covered"
    assert await holds(migrated, "work", "a", 3)


async def test_what_is_given_up_can_be_taken_at_once_or_after_its_pause(
    migrated: Database,
) -> None:
    for pause, taken in ((0.0, 2), (LONG, None)):
        name = f"work {pause}"
        await take(migrated, name, "a")
        await give_up(migrated, name, "b", pause)
        assert await take(migrated, name, "b") is None, "only its holder gives it up"
        await give_up(migrated, name, "a", pause)
        assert await take(migrated, name, "b") == taken


async def test_many_leases_are_taken_and_renewed_together(migrated: Database) -> None:
    async def make(tx: Transaction) -> None:
        for number in range(4):
            await leases.put(tx, f"part/{number}")

    await migrated.transaction(make)
    first = await migrated.transaction(lambda tx: leases.take_free(tx, "part/", "a", 3, OVER))
    second = await migrated.transaction(lambda tx: leases.take_free(tx, "part/", "b", 2, LONG))
    assert first.keys() | second.keys() == {f"part/{number}" for number in range(4)}
    kept = await migrated.transaction(lambda tx: leases.renew(tx, "part/", "a", LONG))
    assert kept == dict.fromkeys(first.keys() - second.keys(), 1)
    assert await migrated.read(lambda tx: leases.count_held(tx, "part/")) == 4
    assert not await migrated.transaction(lambda tx: leases.take_free(tx, "part/", "c", 4, LONG))


async def test_the_dead_are_forgotten_in_the_end(migrated: Database) -> None:
    await take(migrated, "server/dead", "dead", OVER)
    await take(migrated, "server/alive", "alive")
    assert await migrated.transaction(lambda tx: leases.sweep(tx, "server/", LONG)) == 0
    assert await migrated.transaction(lambda tx: leases.sweep(tx, "server/", 0.0)) == 1
    await migrated.transaction(lambda tx: leases.forget(tx, "server/alive", "dead"))
    assert await migrated.read(lambda tx: leases.count_held(tx, "server/")) == 1
