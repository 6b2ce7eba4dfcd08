"""Tombstones: whom they keep from what, and what can be read out of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import restored, tombstones
from reverie_server.storage.database import Database
from reverie_server.storage.ownership import Deletion
from reverie_server.storage.statements import parse
from reverie_server.storage.tombstones import EVERYBODY, Claim, Learner, Mark

BERN: Mark = ("fact", "user", "lives_in", "bern")
THUN: Mark = ("fact", "user", "lives_in", "thun")
ALL = parse("-- name: all\nSELECT * FROM tombstones", source="test")["all"]
FORGOTTEN_AT = 100


async def forget(
    db: Database,
    *marks: Mark,
    personas: Sequence[str] = ("brad", EVERYBODY),
    user: str = "ann",
    workspace: str = "w",
    now: int = FORGOTTEN_AT,
) -> None:
    await db.transaction(lambda tx: tombstones.put(tx, workspace, user, personas, marks, now))


async def barred(
    db: Database,
    mark: Mark = BERN,
    *,
    time: int | None = None,
    persona: str = "brad",
    shared: bool = True,
    user: str = "ann",
    workspace: str = "w",
) -> bool:
    learner = Learner(workspace, user, persona, shared)
    claims = {"it": Claim((mark,), time), "other": Claim((THUN,), time)}
    found = await db.read(lambda snapshot: tombstones.barred(snapshot, learner, claims))
    assert "other" not in found
    return "it" in found


async def test_only_what_was_forgotten_is_barred(migrated: Database) -> None:
    assert not await barred(migrated)
    await forget(migrated, BERN)
    assert await barred(migrated)
    assert not await barred(migrated, ("fact", "user", "lives_in", "chur"))
    assert not await barred(migrated, ("fact", "user", "lives_inbern"))
    assert not await barred(migrated, user="bob")
    assert not await barred(migrated, workspace="v")


async def test_what_is_newer_is_new(migrated: Database) -> None:
    await forget(migrated, BERN)
    assert await barred(migrated, time=FORGOTTEN_AT - 1)
    assert await barred(migrated, time=FORGOTTEN_AT)
    assert not await barred(migrated, time=FORGOTTEN_AT + 1)
    await forget(migrated, BERN, now=FORGOTTEN_AT + 1)
    assert await barred(migrated, time=FORGOTTEN_AT + 1)


async def test_one_s_own_and_everybody_s(migrated: Database) -> None:
    await forget(migrated, BERN, personas=["brad"])
    assert await barred(migrated, shared=False)
    assert await barred(migrated)
    assert not await barred(migrated, persona="carol")
    await forget(migrated, BERN, personas=[EVERYBODY])
    assert await barred(migrated, persona="carol")
    assert not await barred(migrated, persona="carol", shared=False), "what is her own is hers"


async def test_what_is_lifted_may_come_back(migrated: Database) -> None:
    await forget(migrated, BERN)
    learner = Learner("w", "ann", "brad", shared=True)
    await migrated.transaction(lambda tx: tombstones.lift(tx, learner, [BERN, THUN]))
    assert not await barred(migrated)
    assert await migrated.fetch(ALL) == []
    await migrated.transaction(lambda tx: tombstones.lift(tx, learner, [BERN]))


async def test_equal_words_leave_no_equal_traces(migrated: Database) -> None:
    await forget(migrated, BERN)
    await forget(migrated, BERN, user="bob")
    await forget(migrated, BERN, workspace="v")
    await forget(migrated, ("fact", "user", "lives_in bern"))
    rows = await migrated.fetch(ALL)
    assert len({row["digest"] for row in rows}) == 4
    assert all(len(row["digest"]) == 64 for row in rows)
    assert not any("bern" in str(value) for row in rows for value in row.values())


async def test_many_at_once(migrated: Database) -> None:
    marks: list[Mark] = [("text", str(number)) for number in range(1_234)]
    await forget(migrated, *marks)
    learner = Learner("w", "ann", "brad", shared=False)
    claims = {number: Claim((("text", str(number)),), None) for number in range(1_300)}
    found = await migrated.read(lambda snapshot: tombstones.barred(snapshot, learner, claims))
    assert found == frozenset(range(1_234))


async def test_a_restore_deletes_again_what_was_deleted_since(migrated: Database) -> None:
    marks: list[Mark] = [(Deletion.USER, "u")]
    await forget(migrated, *marks, user=SHARED_OWNER, personas=[EVERYBODY])
    counts = [
        await migrated.transaction(
            partial(restored.delete_again, workspace_id="w", since=since, now=FORGOTTEN_AT)
        )
        for since in (FORGOTTEN_AT + 1, FORGOTTEN_AT)
    ]
    assert counts == [0, 1]
