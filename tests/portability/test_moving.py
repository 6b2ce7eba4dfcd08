"""A move takes everything along, proves it, and goes on where it broke off."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from reverie_server.bootstrap import Application
from reverie_server.clock import SystemClock
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.governance.portability.kinds import KINDS
from reverie_server.governance.portability.lines import end_line
from reverie_server.governance.portability.moving import (
    Move,
    Moved,
    SourceChanged,
    Step,
    TargetNotEmpty,
)
from reverie_server.governance.portability.store import Owner, users_after, workspaces_after
from reverie_server.governance.portability.writing import EVERYTHING, write_out
from reverie_server.settings import Settings
from reverie_server.storage import deployment, ownership, revision
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.sqlite import SqliteDatabase
from tests.channels import connect
from tests.looking_again import until
from tests.portability.generated import PERSONAS, generate, kinds_in, user_id_of
from tests.rpc.contract import answer
from tests.rpc.world import at_rest

SOMEBODY = ("workspace 1", user_id_of(1))
Exports = dict[Owner, list[bytes]]


async def export_all(database: CompactableStorage) -> Exports:
    """Every owner's lines; the header's revisions are others after each move."""
    exports: Exports = {}
    for workspace_id, _ in await database.read(lambda tx: workspaces_after(tx, "", 1_000)):
        users = await database.read(
            partial(users_after, workspace_id=workspace_id, user_id="", limit=1_000)
        )
        for user_id in ("", *(user_id for user_id, _ in users)):
            owner, lines = (workspace_id, user_id), list[bytes]()
            header, _ = await database.read(
                partial(write_out, owner=owner, travels=EVERYTHING, sink=lines.append)
            )
            _, *records, trailer = lines
            before_moves = end_line(msgspec.structs.replace(header, revision=0, revision_floor=0))
            exports[owner] = [before_moves, *records, trailer]
    return exports


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[SqliteDatabase]:
    database = await SqliteDatabase.open(folder)
    yield database
    await database.close()


@asynccontextmanager
async def postgresql(options: PostgresOptions) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.open(options)
    yield database
    await database.close()


async def generated(folder: Path, workspaces: int, users: int, seed: int) -> None:
    application = await Application.start(Settings(data_folder=folder, port=0, database_url=None))
    try:
        await generate(application.address, workspaces, users, seed)
    finally:
        await application.stop()


async def there_and_back(
    folder: Path, options: PostgresOptions, workspaces: int, users: int, seed: int
) -> None:
    await generated(folder / "from", workspaces, users, seed)
    async with (
        sqlite(folder / "from") as start,
        postgresql(options) as middle,
        sqlite(folder / "to") as end,
    ):
        there = await Move(start, middle, SystemClock()).run()
        back = await Move(middle, end, SystemClock()).run()
        before, between, after = [await export_all(each) for each in (start, middle, end)]

    assert kinds_in(there.counts) == {kind.name for kind in KINDS}
    assert (there.workspaces, there.users) == (workspaces, users)
    assert there.copied == back.copied == workspaces + users
    assert there == back
    assert len(before) == workspaces + users
    assert before == between
    assert before == after


async def test_there_and_back_everything_is_equal(
    tmp_path: Path, migrated_postgres: PostgresOptions
) -> None:
    await there_and_back(tmp_path, migrated_postgres, workspaces=2, users=3, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
async def test_there_and_back_three_workspaces_with_twenty_users(
    tmp_path: Path, migrated_postgres: PostgresOptions, seed: int
) -> None:
    print(f"seed {seed}")
    await there_and_back(tmp_path, migrated_postgres, workspaces=3, users=20, seed=seed)


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two workspaces and three users, to be read."""
    folder: Path = tmp_path_factory.mktemp("filled")
    await generated(folder, 2, 3, seed=2)
    return folder


async def write_to(database: CompactableStorage) -> None:
    """Some change of some user."""
    await database.transaction(lambda tx: revision.bump(tx, *SOMEBODY))


class Broken(Exception):
    """The move ends here."""


def break_at(number: int) -> Callable[[Step], None]:
    def tell(step: Step) -> None:
        if step.done == number:
            raise Broken

    return tell


async def test_a_move_that_broke_off_goes_on(filled: Path, tmp_path: Path) -> None:
    async with sqlite(filled) as source, sqlite(tmp_path) as target:
        for number in (1, 3):
            with pytest.raises(Broken):
                await Move(source, target, SystemClock()).run(break_at(number))
        moved = await Move(source, target, SystemClock()).run()
        assert moved.copied == 2
        assert await export_all(source) == await export_all(target)


async def test_a_target_with_something_else_in_it_is_refused(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "other")
    async with (
        sqlite(filled) as source,
        sqlite(tmp_path / "other") as other,
        sqlite(tmp_path / "to") as target,
    ):
        # By its key a deployment is known as another one.
        values = await other.read(deployment.moving_values) | {"page_token_key": b"other" * 8}
        await other.transaction(partial(deployment.take_over, values=values))
        before = await export_all(other)
        with pytest.raises(TargetNotEmpty):
            await Move(source, other, SystemClock()).run()
        assert await export_all(other) == before

        with pytest.raises(Broken):
            await Move(source, target, SystemClock()).run(break_at(2))
        with pytest.raises(TargetNotEmpty):
            await Move(other, target, SystemClock()).run()
        await Move(source, target, SystemClock()).run()
        with pytest.raises(TargetNotEmpty, match="complete"):
            await Move(source, target, SystemClock()).run()


async def test_a_source_that_changes_meanwhile_is_noticed_and_taken_again(
    filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "from")

    class Overtaken(Move):
        async def _compare_owners(self, moved: Moved) -> None:
            await write_to(source)
            await super()._compare_owners(moved)

    async with sqlite(tmp_path / "from") as source, sqlite(tmp_path / "to") as target:
        with pytest.raises(SourceChanged):
            await Overtaken(source, target, SystemClock()).run()
        await source.transaction(lambda tx: ownership.delete_user(tx, *SOMEBODY, now=1))
        moved = await Move(source, target, SystemClock()).run()
        assert (moved.copied, moved.removed) == (1, 1)
        assert await export_all(source) == await export_all(target)


async def test_revisions_go_on_above_those_that_clients_remember(
    filled: Path, tmp_path: Path
) -> None:
    async with sqlite(filled) as source:
        before = await source.read(lambda tx: revision.current(tx, *SOMEBODY))
        async with sqlite(tmp_path) as target:
            await Move(source, target, SystemClock()).run()
            after = await target.read(lambda tx: revision.current(tx, *SOMEBODY))
    assert revision.epoch_of(after.revision) > revision.epoch_of(before.revision)
    assert after.removal_revision == after.revision


async def test_a_moved_deployment_is_served_as_it_was(filled: Path, tmp_path: Path) -> None:
    """Also an index from before the move does not count."""
    empty = await Application.start(Settings(data_folder=tmp_path, port=0))
    await empty.stop()
    user = {"user_id": SOMEBODY[1], "persona_id": PERSONAS[0]}
    async with sqlite(filled) as source, sqlite(tmp_path) as target:
        await Move(source, target, SystemClock()).run()
        remembered = (await source.read(lambda tx: revision.current(tx, *SOMEBODY))).revision
    application = await Application.start(Settings(data_folder=tmp_path, port=0))
    try:
        async with connect(application.address, SOMEBODY[0]) as channel:
            await until(
                "the index",
                lambda: answer(channel, "GetStats"),
                lambda stats: bool(stats.index_state == "ready"),
            )
            job = (await answer(channel, "Reconcile")).job
            stats = await at_rest(channel)
            found = await answer(
                channel, "Recall", **user, query="Lives in Thun", min_revision=remembered
            )
            job = (await answer(channel, "GetJob", job_id=job.job_id)).job
    finally:
        await application.stop()
    assert found.hits
    assert stats.index_points > 0
    assert not any(job.result[name] for name in ("missing", "stale", "extra"))


async def test_a_restore_that_is_moved_before_its_first_start_still_has_to_forget(
    filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path / "restored")
    async with sqlite(tmp_path / "restored") as source, sqlite(tmp_path / "to") as target:
        await source.transaction(partial(deployment.begin_anew, backup_time=7))
        await Move(source, target, SystemClock()).run()
        assert await target.read(deployment.forgetting_since) == 7
