"""Several servers work on the jobs of one database: each job ends once in effect."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from functools import partial

import asyncpg
import pytest

from reverie_server.jobs import store
from reverie_server.jobs.model import Job, JobContext, JobState, NewJob
from reverie_server.jobs.runner import JobRunner
from reverie_server.jobs.store import Claim
from reverie_server.storage.database import Transaction
from reverie_server.storage.postgres import PostgresDatabase
from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.statements import parse
from tests.fresh_database import ManualClock
from tests.jobs.conftest import JobRoom
from tests.looking_again import until
from tests.postgres_databases import PostgresDatabases

LEASE_SECONDS = 0.3
OVER = -1
"""Of a claim whose worker has not been heard of for too long."""
LONG = 3_600 * 1_000_000
LEASE = parse("-- name: lease\nSELECT lease_until FROM jobs WHERE job_id = $1", source="tests")[
    "lease"
]


@pytest.fixture
async def rooms(
    migrated_postgres: PostgresOptions, clock: ManualClock
) -> AsyncIterator[tuple[JobRoom, JobRoom]]:
    """Two servers on one database."""
    dbs = [await PostgresDatabase.open(migrated_postgres) for _ in range(2)]
    yield JobRoom(dbs[0], clock), JobRoom(dbs[1], clock)
    for db in dbs:
        await db.close()


def runner(room: JobRoom, handler: object) -> JobRunner:
    made = JobRunner(
        room.db,
        room.clock,
        {"work": handler},  # type: ignore[dict-item]
        alone=False,
        lease_seconds=LEASE_SECONDS,
    )
    room.service.on_wake(made.wake)
    return made


async def claim(room: JobRoom, lease: int = LONG) -> Claim | None:
    now = room.clock.now()
    return await room.db.transaction(
        partial(store.claim_next, kinds=["work"], now=now, lease=lease)
    )


def server_of(room: JobRoom) -> PostgresDatabase:
    """What the room's server has of the database."""
    assert isinstance(room.db, PostgresDatabase)
    return room.db


async def ended(room: JobRoom, job_id: str) -> Job:
    waiting = (JobState.PENDING, JobState.RUNNING)
    return await until(
        "the job's end", lambda: room.get(job_id), lambda job: job.state not in waiting
    )


async def test_two_servers_share_the_jobs_and_none_runs_twice(
    rooms: tuple[JobRoom, JobRoom],
) -> None:
    ran: Counter[str] = Counter()
    at_work = [asyncio.Event(), asyncio.Event()]

    async def handler(context: JobContext, number: int) -> Mapping[str, int]:
        at_work[number].set()
        await at_work[1 - number].wait()
        ran[context.job.job_id] += 1
        return {"by": number}

    ids = [await rooms[0].enqueue(session_id=f"s{n % 7}") for n in range(40)]
    tasks = [
        asyncio.create_task(runner(room, partial(handler, number=number)).run())
        for number, room in enumerate(rooms)
    ]
    jobs = [await ended(rooms[0], job_id) for job_id in ids]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    assert {job.attempt for job in jobs} == {1}
    assert ran == Counter(ids)


async def test_a_dead_workers_job_is_taken_over_and_what_it_says_late_counts_for_nothing(
    rooms: tuple[JobRoom, JobRoom],
) -> None:
    dead, alive = rooms
    job_id = await dead.enqueue()
    old = await claim(dead, OVER)
    assert old is not None

    async def handler(context: JobContext) -> Mapping[str, int]:
        now = dead.clock.now()
        await dead.db.transaction(lambda tx: store.note_step(tx, old, "late", 0.9))
        await dead.db.transaction(lambda tx: store.succeed(tx, old, {"late": 1}, now))
        await dead.db.transaction(lambda tx: store.release(tx, old))
        assert not await dead.db.transaction(lambda tx: store.extend(tx, old, LONG))
        assert (await alive.get(job_id)).state is JobState.RUNNING
        return {"alive": 1}

    at_work = asyncio.create_task(runner(alive, handler).run())
    job = await ended(alive, job_id)
    at_work.cancel()
    await asyncio.gather(at_work, return_exceptions=True)
    assert (job.state, job.result, job.attempt) == (JobState.SUCCEEDED, {"alive": 1}, 2)


async def test_a_living_worker_says_so_and_its_job_is_not_taken(
    rooms: tuple[JobRoom, JobRoom],
) -> None:
    """A lease that is renewed is not one that has run out, however long ago the job began."""
    job_id = await rooms[0].enqueue()
    mine = await claim(rooms[0], OVER)
    assert mine is not None
    assert await rooms[0].db.transaction(lambda tx: store.extend(tx, mine, LONG))
    recover = partial(store.recover, most_attempts=5, reason="", message="", now=1, alone=False)
    assert await rooms[1].db.transaction(recover) == (0, 0)
    await rooms[0].db.transaction(lambda tx: store.release(tx, mine))

    async def until_renewed_twice(context: JobContext) -> Mapping[str, int]:
        seen: set[int] = set()
        while len(seen) < 3:
            seen.add(await rooms[1].db.fetchval(LEASE, job_id))
        return {}

    alone = JobRunner(
        rooms[0].db, rooms[0].clock, {"work": until_renewed_twice}, lease_seconds=LEASE_SECONDS
    )
    at_work = asyncio.create_task(alone.run())
    job = await ended(rooms[0], job_id)
    at_work.cancel()
    await asyncio.gather(at_work, return_exceptions=True)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)


async def test_who_has_lost_its_job_stops_working_on_it(rooms: tuple[JobRoom, JobRoom]) -> None:
    asleep, other = rooms
    started, stopped = asyncio.Event(), asyncio.Event()

    async def endless(context: JobContext) -> Mapping[str, int]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return {}

    job_id = await asleep.enqueue()
    at_work = asyncio.create_task(runner(asleep, endless).run())
    await started.wait()
    # As if it had been asleep for longer than its lease: another one finds the job, and takes it.
    await other.db.transaction(
        lambda tx: store.recover(tx, 5, "INTERNAL", "gone", other.clock.now(), alone=True)
    )
    taken = await claim(other)
    assert taken is not None
    await stopped.wait()
    at_work.cancel()
    await asyncio.gather(at_work, return_exceptions=True)
    job = await other.get(job_id)
    assert (job.state, job.attempt) == (JobState.RUNNING, 2), "it gave back what was not its own"


async def test_who_cannot_say_that_it_lives_is_not_at_it_when_another_one_begins(
    rooms: tuple[JobRoom, JobRoom],
) -> None:
    """The database is away for one of them for longer than its lease."""
    cut_off, other = rooms
    at_it: list[str] = []
    started = asyncio.Event()

    async def first(context: JobContext) -> Mapping[str, int]:
        at_it.append("cut off")
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            at_it.remove("cut off")
        return {}

    async def second(context: JobContext) -> Mapping[str, int]:
        return {"beside": len(at_it)}

    job_id = await cut_off.enqueue()
    tasks = [asyncio.create_task(runner(cut_off, first).run())]
    await started.wait()
    server_of(cut_off).refuse()
    tasks.append(asyncio.create_task(runner(other, second).run()))
    job = await ended(other, job_id)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"beside": 0})


async def test_an_outage_costs_a_job_no_attempt(rooms: tuple[JobRoom, JobRoom]) -> None:
    room = rooms[0]
    stopped = asyncio.Event()

    async def twice(context: JobContext) -> Mapping[str, int]:
        if stopped.is_set():
            return {}
        server_of(room).refuse()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return {}

    job_id = await room.enqueue()
    at_work = asyncio.create_task(runner(room, twice).run())
    await stopped.wait()
    server_of(room)._refuses = False
    job = await ended(rooms[1], job_id)
    at_work.cancel()
    await asyncio.gather(at_work, return_exceptions=True)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)


async def claims_of_one_session(rooms: tuple[JobRoom, JobRoom]) -> list[Claim | None]:
    """Two servers claim at the same time, each another job of one session."""
    for _ in range(2):
        await rooms[0].enqueue(session_id="s")
    claimed, go = asyncio.Event(), asyncio.Event()

    async def hesitate(tx: Transaction) -> Claim | None:
        mine = await store.claim_next(tx, ["work"], rooms[0].clock.now(), LONG)
        claimed.set()
        await go.wait()
        return mine

    first = asyncio.create_task(rooms[0].db.transaction(hesitate))
    await claimed.wait()
    second = asyncio.create_task(claim(rooms[1]))
    # Either it is through, or it waits for the first one, which cannot be seen from here.
    await asyncio.wait([second], timeout=0.2)
    go.set()
    return [await first, await second]


async def test_two_servers_never_run_two_jobs_of_one_session(
    rooms: tuple[JobRoom, JobRoom],
) -> None:
    first, second = await claims_of_one_session(rooms)
    assert first is not None
    assert second is None


async def test_without_the_index_they_would(
    rooms: tuple[JobRoom, JobRoom],
    migrated_postgres: PostgresOptions,
    postgres_databases: PostgresDatabases,
) -> None:
    """What the test above is worth."""
    owner = await asyncpg.connect(postgres_databases.as_owner(migrated_postgres).url)
    definition = await owner.fetchval(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'jobs_running_by_session'"
    )
    await owner.execute("DROP INDEX jobs_running_by_session")
    try:
        assert None not in await claims_of_one_session(rooms)
    finally:
        await owner.execute("DELETE FROM jobs")
        await owner.execute(definition)
        await owner.close()


async def test_a_job_goes_with_its_session_also_at_the_other_server(
    rooms: tuple[JobRoom, JobRoom],
) -> None:
    job = NewJob("w", "work", "u", "p", "s")
    await rooms[0].db.transaction(lambda tx: rooms[0].service.enqueue(tx, job))
    mine = await claim(rooms[0])
    assert mine is not None
    await rooms[1].db.transaction(lambda tx: rooms[1].service.forget_session(tx, "w", "u", "s"))
    assert not await rooms[0].db.transaction(lambda tx: store.extend(tx, mine, LONG))
