"""Backups: written while the server is written to, restored elsewhere."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import reverie as client
from reverie import Reverie
from reverie.v1 import common_pb2 as common
from reverie.v1 import operations_service_pb2 as pb
from reverie.v1 import privacy_service_pb2 as privacy
from reverie.v1 import relationship_service_pb2 as relationships
from reverie.v1 import user_service_pb2 as users
from reverie_server.bootstrap import Application
from reverie_server.bootstrap.restoring import RestoreRefused, restore
from reverie_server.clock import SystemClock
from reverie_server.errors import Unavailable
from reverie_server.governance.forgetting import ledger_keeper
from reverie_server.governance.operations.backups import Backups
from reverie_server.storage.backup_folder import BackupFolder, read_manifest, verify
from reverie_server.storage.sqlite import SqliteDatabase
from tests.operations.places import (
    MakePlace,
    Place,
    backed_up,
    ended,
    engine,
    make_place,
    reconciled,
)
from tests.server_process import ServerProcess

pytestmark = pytest.mark.once

__all__ = ["engine", "make_place"]

TALKERS = 8


async def entries_of(reverie: Reverie, user: str, session_id: str) -> set[str]:
    call = await reverie.resume(user, "brad", session_id)
    return {entry.entry_id async for entry in call.entries()}


async def under_load(make_place: MakePlace, *, per_second: float | None, seconds: float) -> None:
    """
    Args:
        per_second: writes asked for; None: as many as come.
        seconds: for how long before the backup, and again after it.
    """
    place, elsewhere = await make_place("here"), await make_place("there")
    server = ServerProcess(place.folder, settings=place.environment)
    await server.start()
    acknowledged: list[tuple[str, str]] = []
    async with Reverie(server.address) as reverie:
        sessions = {
            f"user-{n}": await reverie.session(f"user-{n}", "brad").start() for n in range(TALKERS)
        }
        stop = asyncio.Event()
        pace = 0.0 if per_second is None else TALKERS / per_second

        async def talk(user: str) -> None:
            due = time.monotonic()
            while not stop.is_set():
                entry_id = await sessions[user].say(f"I saw {len(acknowledged)} herons at noon.")
                acknowledged.append((user, entry_id))
                due += pace
                await asyncio.sleep(max(0.0, due - time.monotonic()))

        async def talked(least: int) -> None:
            """Until so many more are acknowledged, and for so long."""
            until, least = time.monotonic() + seconds, len(acknowledged) + least
            while time.monotonic() < until or len(acknowledged) < least:
                await sessions["user-0"].say("Look, another one!")

        began = time.monotonic()
        async with asyncio.TaskGroup() as talks:
            for user in sessions:
                talks.create_task(talk(user))
            await talked(200)
            before = list(acknowledged)
            job = await backed_up(reverie, "under-load")
            during = len(acknowledged) - len(before)
            await talked(50)
            stop.set()
        rate = len(acknowledged) / (time.monotonic() - began)
        remembered = {user: reverie.revisions.of(user) for user in sessions}
        await server.kill()

        began = time.monotonic()
        told = await restore(elsewhere.settings(), "under-load")
        assert told.database.rows == job.result["rows"]
        async with elsewhere.serving(port=server.port):
            took = time.monotonic() - began
            # The same client goes on, with what it remembers of a future that was lost.
            for user, session in sessions.items():
                kept = await entries_of(reverie, user, session.session_id)
                assert {each for name, each in before if name == user} <= kept
                answer = await reverie.recall(user, "brad", "herons", limit=200)
                assert reverie.revisions.of(user) == remembered[user], "it was not given up"
                assert answer.revision > remembered[user]
                assert {hit.memory_id for hit in answer.hits} <= kept
                assert answer.hits
                await session.say("And I saw one more.")
            found = await reconciled(reverie)
            jobs = await reverie.operations.ListJobs(pb.ListJobsRequest())
    print(
        f"\n{rate:.0f} writes/s, {len(before)} acknowledged before the backup, {during} while it"
        f" ran; restored and serving after {took:.1f} s; reconcile: {found}"
    )
    assert (found["missing"], found["stale"], found["extra"]) == (0, 0, 0)
    assert found["compared"] > len(before)
    states = {each.job_id: each.state for each in jobs.jobs if each.kind == "backup"}
    assert states == {job.job_id: pb.JOB_STATE_CANCELLED}, "it does not run again"


async def test_a_backup_under_load_has_all_that_was_acknowledged_before(
    make_place: MakePlace,
) -> None:
    await under_load(make_place, per_second=None, seconds=0)


@pytest.mark.soak
async def test_a_backup_under_500_writes_a_second(make_place: MakePlace) -> None:
    await under_load(make_place, per_second=500, seconds=30)


async def test_what_is_no_empty_place_or_no_whole_backup_is_refused(
    make_place: MakePlace, engine: str
) -> None:
    place, elsewhere = await make_place("here"), await make_place("there", bare=True)

    async def refused(words: str, there: Place, source: str = "one", *, over: bool = True) -> None:
        with pytest.raises(RestoreRefused, match=words):
            await restore(there.settings(), source, replace=over)

    async with place.serving() as reverie:
        async with reverie.session("ann", "brad") as call:
            await call.say("I climb.")
        await backed_up(reverie, "one")
        await refused("server", place)
    await restore(elsewhere.settings(), "one")
    await refused("--replace", elsewhere, over=False)
    await restore(elsewhere.settings(), str(place.backups / "one"), replace=True)
    await refused("no backup two, .* has: one", elsewhere, "two")
    file = place.backups / "one" / ("reverie.db" if engine == "sqlite" else "entries.copy")
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    await refused("not as it was written", elsewhere)
    manifest = place.backups / "one" / "manifest.json"
    other = "postgresql" if engine == "sqlite" else "sqlite"
    engine_name = "sqlite" if engine == "sqlite" else "postgresql"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace(f'"{engine_name}"', f'"{other}"'), "utf-8")
    await refused("these settings are for", elsewhere)
    manifest.write_text(text.replace('"format": 1', '"format": 2'), "utf-8")
    await refused("its format is 2", elsewhere)
    manifest.unlink()
    await refused("not whole", elsewhere)

    # What stood there before is whole.
    elsewhere = await elsewhere.let_in()
    async with elsewhere.serving() as reverie:
        hits = (await reverie.recall("ann", "brad", "climbing")).hits
        assert "I climb." in [hit.text for hit in hits]


async def test_what_was_forgotten_since_does_not_come_back(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when the database is replaced nor when only the tombstones beside the backups are
    left of it."""
    monkeypatch.setattr(ledger_keeper, "INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(ledger_keeper, "_REST", 0.0)
    place = await make_place("here")
    listed = relationships.ListMemoriesRequest(user_id="ann", persona_id="brad")
    async with place.serving() as reverie:
        async with reverie.session("ann", "brad", session_id="s") as call:
            await call.say("I live in Xylophanstadt.")
            await call.say("I have a dog. I am allergic to quincefruit.")
            await call.say("I love rock climbing.")
        async with reverie.session("bob", "brad") as call:
            await call.say("I collect zithers.")
        while True:
            memories = [each async for each in reverie.relationships.ListMemories.items(listed)]
            facts = [each for each in memories if each.tier == common.TIER_FACT]
            if any("quince" in each.text for each in facts):
                break
        await backed_up(reverie, "old")
        entry = next(e for e in memories if e.text.startswith("I live in") and e not in facts)
        fact = next(each for each in facts if "quince" in each.text)
        for each in (entry, fact):
            await reverie.relationships.ForgetMemory(
                relationships.ForgetMemoryRequest(
                    user_id="ann", persona_id="brad", tier=each.tier, memory_id=each.memory_id
                )
            )
        await reverie.users.DeleteUser(users.DeleteUserRequest(user_id="bob"))
        await written_beside(reverie, place)
        assert "quince" not in ledger_of(place)

    for target, back in (
        (place, False),
        (await make_place("there"), False),
        (await make_place("without"), True),
    ):
        await restore(target.settings(), "old", replace=target is place, without_tombstones=back)
        async with target.serving() as reverie:
            known = [each.text async for each in reverie.relationships.ListMemories.items(listed)]
            texts = " ".join(known).lower()
            assert ("xylophan" in texts, "quince" in texts) == (back, back), known
            assert "climb" in texts
            assert "dog" in texts
            if back:
                await reverie.users.GetUser(users.GetUserRequest(user_id="bob"))
            else:
                with pytest.raises(client.NotFoundError):
                    await reverie.users.GetUser(users.GetUserRequest(user_id="bob"))
            found = await reconciled(reverie)
            assert (found["missing"], found["stale"], found["extra"]) == (0, 0, 0)


async def written_beside(reverie: Reverie, place: Place) -> None:
    """Returns when the file beside the backups has all that was forgotten before: it is written a
    moment later, and its last line is of what was forgotten last."""
    before = ledger_of(place).count("cat")
    async with reverie.session("cat", "brad") as call:
        said = await call.say("I forget this.")
    await reverie.relationships.ForgetMemory(
        relationships.ForgetMemoryRequest(
            user_id="cat", persona_id="brad", tier=common.TIER_WORKING, memory_id=said
        )
    )
    while ledger_of(place).count("cat") == before:
        await reverie.operations.GetStats(pb.GetStatsRequest())


async def test_deployments_that_share_a_folder_know_their_own_tombstones(
    make_place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_keeper, "INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr(ledger_keeper, "_REST", 0.0)
    one = await make_place("one")
    names = ("ann", "bob")
    for user, place in zip(names, (one, await make_place("other")), strict=True):
        shared = replace(place, backups=one.backups)
        async with shared.serving() as reverie:
            async with reverie.session(user, "brad") as call:
                await call.say("I climb.")
            await backed_up(reverie, f"with-{user}")
            await reverie.users.DeleteUser(users.DeleteUserRequest(user_id=user))
            await written_beside(reverie, shared)

    for user in names:
        again = replace(await make_place(f"again-{user}"), backups=one.backups)
        await restore(again.settings(), f"with-{user}")
        async with again.serving() as reverie:
            with pytest.raises(client.NotFoundError):
                await reverie.users.GetUser(users.GetUserRequest(user_id=user))


def ledger_of(place: Place) -> str:
    files = place.backups.glob("tombstones-*.jsonl")
    return "".join(file.read_text("utf-8") for file in files)


async def test_a_backup_that_is_broken_off_leaves_nothing_that_looks_whole(
    server: Application, monkeypatch: pytest.MonkeyPatch, workspace: str
) -> None:
    async with Reverie(server.address, workspace=workspace) as reverie:
        publish = BackupFolder.publish

        def broken_off(self: BackupFolder, aside: Path, name: str, *rest: object) -> None:
            assert list(aside.iterdir()), "it was copied"
            if name == "broken":
                raise Unavailable("the folder cannot be written")
            publish(self, aside, name, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(BackupFolder, "publish", broken_off)
        job = (await reverie.operations.Backup(pb.BackupRequest(name="broken"))).job
        async for now in reverie.follow_job(job.job_id):
            if now.error_message:
                break
        monkeypatch.undo()
        names = [
            each.name
            async for each in reverie.operations.ListBackups.items(pb.ListBackupsRequest())
        ]
        assert "broken" not in names
        # Tried again, the same job makes it whole.
        done = await ended(reverie, job)
        assert done.state == pb.JOB_STATE_SUCCEEDED


async def test_a_backup_that_is_cancelled_while_it_is_sealed_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    loop, sealing, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    publish, abandon = BackupFolder.publish, BackupFolder.abandon

    def slowly(self: BackupFolder, *of: Any) -> Any:
        loop.call_soon_threadsafe(sealing.set)
        go_on.wait(10)
        manifest = publish(self, *of)
        order.append("published")
        return manifest

    def abandoned(self: BackupFolder, aside: Path) -> None:
        order.append("abandoned")
        abandon(self, aside)

    async def step(_name: str, _progress: float) -> None:
        """Nobody listens."""

    monkeypatch.setattr(BackupFolder, "publish", slowly)
    monkeypatch.setattr(BackupFolder, "abandon", abandoned)
    folder, nobody = BackupFolder(tmp_path / "backups"), cast(Any, None)
    database = await SqliteDatabase.open(tmp_path / "data")
    try:
        backups = Backups(database, nobody, SystemClock(), folder, version="1")
        job = SimpleNamespace(job_id="j", arguments={"name": "one"})
        context = cast(Any, SimpleNamespace(job=job, step=step))
        running = asyncio.ensure_future(backups.back_up(context))
        await sealing.wait()
        running.cancel()
        early, _ = await asyncio.wait([running], timeout=0.3)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await running
    finally:
        go_on.set()
        await database.close()
    assert not early, "it left a thread behind"
    assert order == ["published", "abandoned"]
    verify(folder.path("one"), read_manifest(folder.path("one")), lambda _: None)


async def test_a_user_that_was_imported_after_its_deletion_is_restored(
    make_place: MakePlace,
) -> None:
    place, elsewhere = await make_place("here"), await make_place("there")
    async with place.serving() as reverie:
        async with reverie.session("ann", "brad") as call:
            await call.say("I climb.")
        exported = reverie.privacy.ExportUser(privacy.ExportUserRequest(user_id="ann"))
        file = b"".join([piece.data async for piece in exported])
        await reverie.relationships.DeleteRelationship(
            relationships.DeleteRelationshipRequest(user_id="ann", persona_id="brad")
        )
        await reverie.users.DeleteUser(users.DeleteUserRequest(user_id="ann"))

        async def requests() -> AsyncIterator[privacy.ImportUserRequest]:
            yield privacy.ImportUserRequest(user_id="ann", data=file)

        await reverie.privacy.ImportUser(requests())
        await backed_up(reverie, "one")
    await restore(elsewhere.settings(), "one")
    async with elsewhere.serving() as reverie:
        known = reverie.relationships.ListMemories.items(
            relationships.ListMemoriesRequest(user_id="ann", persona_id="brad")
        )
        assert "I climb." in [each.text async for each in known]


async def test_names_and_retries(server: Application, workspace: str) -> None:
    async with Reverie(server.address, workspace=workspace) as reverie:
        backup = reverie.operations.Backup
        name = f"b.{workspace}"
        started = await backup(pb.BackupRequest(name=name, request_id="r"))
        job = await ended(reverie, started.job)
        again = await backup(pb.BackupRequest(name=name, request_id="r"))
        assert again.job.job_id == job.job_id
        with pytest.raises(client.AlreadyExistsError):
            await backup(pb.BackupRequest(name=name))
        for wrong in ("../x", ".x", "a/b", "x" * 101, "ä"):
            with pytest.raises(client.InvalidArgumentError):
                await backup(pb.BackupRequest(name=wrong))
        pages = [
            page.backups
            async for page in reverie.operations.ListBackups.pages(
                pb.ListBackupsRequest(page_size=1)
            )
        ]
        assert all(len(page) <= 1 for page in pages)
        listed = [each for page in pages for each in page if each.name == name]
        assert [each.size_bytes for each in listed] == [job.result["bytes"]]
