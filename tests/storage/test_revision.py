"""Revisions: consecutive, one counter an owner, and never behind a lost future."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.errors import NotFound
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.revision import Revisions
from reverie_server.storage.statements import parse


@pytest.fixture(params=["u", SHARED_OWNER], ids=["user", "shared part"])
def owner(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def bump(db: Database, owner: str) -> int:
    return await db.transaction(lambda tx: revision.bump(tx, "w", owner))


async def current(db: Database, owner: str) -> Revisions:
    return await db.read(lambda snapshot: revision.current(snapshot, "w", owner))


async def test_concurrent_bumps_give_consecutive_numbers(migrated: Database, owner: str) -> None:
    before = (await current(migrated, owner)).revision
    taken = await asyncio.gather(*(bump(migrated, owner) for _ in range(50)))
    assert sorted(taken) == list(range(before + 1, before + 51))
    assert (await current(migrated, owner)).revision == before + 50


async def test_owners_count_apart(migrated: Database) -> None:
    before = await current(migrated, "v")
    shared = await current(migrated, SHARED_OWNER)
    await bump(migrated, "u")
    assert await current(migrated, "v") == before
    assert await current(migrated, SHARED_OWNER) == shared


async def test_a_failing_unit_takes_no_number(migrated: Database, owner: str) -> None:
    async def work(tx: Transaction) -> None:
        await revision.bump(tx, "w", owner)
        raise NotFound.of("session", "s")

    before = (await current(migrated, owner)).revision
    with pytest.raises(NotFound, match="session"):
        await migrated.transaction(work)
    assert await bump(migrated, owner) == before + 1


async def test_a_removal_is_remembered_with_its_revision(migrated: Database, owner: str) -> None:
    async def remove(tx: Transaction) -> int:
        taken = await revision.bump(tx, "w", owner)
        await revision.mark_removal(tx, "w", owner, taken)
        return taken

    removal = await migrated.transaction(remove)
    assert await current(migrated, owner) == Revisions(removal, removal)
    later = await bump(migrated, owner)
    assert await current(migrated, owner) == Revisions(later, removal)


@pytest.mark.parametrize("workspace_id", ["w", "another"])
async def test_a_missing_owner_is_not_found(migrated: Database, workspace_id: str) -> None:
    async def ask(
        work: Callable[[Transaction, str, str], Awaitable[object]], workspace: str, user: str
    ) -> None:
        await migrated.transaction(lambda tx: work(tx, workspace, user))

    for work in (revision.bump, revision.retire, revision.current):
        with pytest.raises(NotFound, match="no user 'nobody'"):
            await ask(work, workspace_id, "nobody")
    for work in (revision.bump, revision.current):
        with pytest.raises(NotFound, match="no workspace 'none'"):
            await ask(work, "none", SHARED_OWNER)


async def test_a_deleted_user_comes_back_above_where_it_was(migrated: Database) -> None:
    for _ in range(5):
        await bump(migrated, "u")
    last = await migrated.transaction(lambda tx: revision.retire(tx, "w", "u"))
    assert await migrated.read(lambda tx: revision.initial(tx, "w")) > last
    floor = await migrated.read(lambda tx: revision.initial(tx, "w"))
    await migrated.transaction(lambda tx: revision.retire(tx, "w", "v"))
    assert await migrated.read(lambda tx: revision.initial(tx, "w")) == floor, "it never sinks"


async def test_a_new_epoch_is_above_every_revision_of_the_old_one(migrated: Database) -> None:
    now = revision.EPOCH_START + 1_000 * revision.EPOCH_LENGTH
    before = [await bump(migrated, owner) for owner in ("u", "v", SHARED_OWNER)]
    await migrated.transaction(lambda tx: revision.raise_epochs(tx, now))
    for owner, old in zip(("u", "v", SHARED_OWNER), before, strict=True):
        raised = await current(migrated, owner)
        assert revision.epoch_of(raised.revision) == 1_000 > revision.epoch_of(old)
        assert raised.removal_revision == raised.revision, "what was cached is of another history"
    # A clock that stands still, or runs backwards, does not give out the same revisions again.
    await bump(migrated, "u")
    await migrated.transaction(lambda tx: revision.raise_epochs(tx, now - 10**9))
    assert (await current(migrated, "u")).revision == revision.first_of(1_001)
    floor = await migrated.read(lambda tx: revision.initial(tx, "w"))
    assert revision.epoch_of(floor) >= 1_000


@given(st.integers(0, 2**revision.EPOCH_BITS - 1), st.integers(0, 2**revision.COUNTER_BITS - 1))
def test_a_revision_is_its_epoch_and_its_counter(epoch: int, counter: int) -> None:
    number = revision.first_of(epoch) + counter
    assert revision.epoch_of(number) == epoch
    assert number < 2**63, "it fits a signed 64 bit integer"


async def test_the_workspace_of_a_statement_is_never_left_out(migrated: Database) -> None:
    """Two workspaces may use the same user id."""
    add = parse(
        """
        -- name: workspace
        INSERT INTO workspaces (workspace_id, create_time) VALUES ('x', 0);
        -- name: user
        INSERT INTO users (workspace_id, user_id, create_time, update_time) VALUES ('x', 'u', 0, 0);
        """,
        source="tests",
    )
    await migrated.transaction(lambda tx: tx.execute(add["workspace"]))
    await migrated.transaction(lambda tx: tx.execute(add["user"]))
    theirs = await migrated.read(lambda tx: revision.current(tx, "x", "u"))
    await bump(migrated, "u")
    await bump(migrated, SHARED_OWNER)
    await migrated.transaction(lambda tx: revision.retire(tx, "w", "u"))
    assert await migrated.read(lambda tx: revision.current(tx, "x", "u")) == theirs
    assert await migrated.read(lambda tx: revision.current(tx, "x", SHARED_OWNER)) == Revisions(
        0, 0
    )
    assert await migrated.read(lambda tx: revision.initial(tx, "x")) == 0
