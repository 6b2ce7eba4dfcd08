"""Housekeeping: request ids and ended jobs go when they are old enough, and no sooner."""

from __future__ import annotations

from functools import partial

from reverie_server.governance.operations.housekeeping import Housekeeping
from reverie_server.jobs import service, store
from reverie_server.jobs.model import NewJob
from reverie_server.jobs.service import JobService
from reverie_server.storage import idempotency
from reverie_server.storage.database import Transaction
from reverie_server.storage.idempotency import SWEEP_LIMIT, Request, once
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.statements import parse
from tests.fresh_database import ManualClock, clock, db, schema_file

__all__ = ["clock", "db", "schema_file"]

DAY = 24 * 3_600
COUNT = parse("-- name: count\nSELECT COUNT(*) FROM request_records", source="tests")["count"]
JOBS = parse("-- name: ids\nSELECT job_id FROM jobs ORDER BY job_id", source="tests")["ids"]


async def remember(tx: Transaction, request_ids: list[str], now: int) -> None:
    async def answer() -> int:
        return 1

    for request_id in request_ids:
        request = Request("w", "caller", "/method", request_id, "ann", "body", now)
        await once(tx, request, int, answer)


async def test_old_request_ids_go_however_many(db: SqliteDatabase, clock: ManualClock) -> None:
    many = [f"old {n}" for n in range(SWEEP_LIMIT + 5)]
    await db.transaction(partial(remember, request_ids=many, now=clock.now()))
    clock.advance(DAY - 60)
    await db.transaction(partial(remember, request_ids=["young"], now=clock.now()))
    housekeeping = Housekeeping(db, clock, JobService(db, clock))
    assert await housekeeping.sweep() == 0
    clock.advance(61)
    assert await housekeeping.sweep() == SWEEP_LIMIT + 5
    assert await db.fetchval(COUNT) == 1
    clock.advance(DAY)
    assert await housekeeping.sweep() == 1
    assert idempotency.KEPT == DAY * 1_000_000


async def end_jobs(tx: Transaction, job_ids: list[str], now: int) -> None:
    new = NewJob("w", "archive", user_id="ann")
    for job_id in job_ids:
        await store.add(tx, job_id, new, now)
        claim = await store.claim_next(tx, ["archive"], now, lease=0)
        assert claim is not None
        await store.succeed(tx, claim, {}, now)


async def test_ended_jobs_go_however_many(db: SqliteDatabase, clock: ManualClock) -> None:
    many = [f"old {n}" for n in range(service.SWEEP_LIMIT + 5)]
    await db.transaction(partial(end_jobs, job_ids=many, now=clock.now()))
    waiting = NewJob("w", "archive", user_id="ann")
    clock.advance(60)
    await db.transaction(partial(end_jobs, job_ids=["young"], now=clock.now()))
    await db.transaction(lambda tx: store.add(tx, "waiting", waiting, 0))
    housekeeping = Housekeeping(db, clock, JobService(db, clock))
    assert await housekeeping.sweep() == 0
    clock.advance(30 * DAY - 59)
    assert await housekeeping.sweep() == service.SWEEP_LIMIT + 5
    assert [row["job_id"] for row in await db.fetch(JOBS)] == ["waiting", "young"]
