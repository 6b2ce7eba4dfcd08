"""What the runner promises: done once in effect, tried again, given up with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from reverie_server.errors import NotFound, Unavailable
from reverie_server.jobs.model import JobContext, JobState, NewJob
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.runner import MOST_OUTSIDE
from reverie_server.paging import PageRequest
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.statements import parse
from tests.fresh_database import ManualClock, open_copy
from tests.jobs.conftest import JobRoom

JOBS = parse(
    """
    -- name: start_elsewhere
    UPDATE jobs SET state = 2, attempt = $2 WHERE job_id = $1;
    -- name: remove
    DELETE FROM jobs WHERE job_id = $1;
    -- name: put_effect
    INSERT INTO deployment (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING;
    -- name: effects
    SELECT COUNT(*) FROM deployment WHERE name LIKE 'effect%';
    """,
    source="tests",
)


async def succeed(context: JobContext) -> Mapping[str, int]:
    return {"made": 1}


async def test_a_job_runs_and_says_what_came_of_it(jobs: JobRoom) -> None:
    seen: list[Mapping[str, str]] = []

    async def handler(context: JobContext) -> Mapping[str, int]:
        seen.append(context.job.arguments)
        await context.step("half way", 0.5)
        middle = await jobs.get(context.job.job_id)
        assert (middle.state, middle.step, middle.progress) == (JobState.RUNNING, "half way", 0.5)
        return {"made": 7}

    job_id = await jobs.enqueue()
    before = await jobs.get(job_id)
    assert (before.state, before.attempt, before.start_time) == (JobState.PENDING, 0, None)
    async with jobs.running({"work": handler}) as runner:
        await runner.idle()
    done = await jobs.get(job_id)
    assert (done.state, done.attempt, done.progress) == (JobState.SUCCEEDED, 1, 1.0)
    assert done.result == {"made": 7}
    assert done.start_time is not None
    assert done.end_time is not None
    assert (done.error_reason, done.error_message) == ("", "")
    assert seen == [{"given": "yes"}]


async def test_a_job_queued_while_the_runner_sleeps_is_taken_at_once(jobs: JobRoom) -> None:
    ran = asyncio.Event()

    async def handler(context: JobContext) -> Mapping[str, int]:
        ran.set()
        return {}

    async with jobs.running({"work": handler}) as runner:
        await runner.idle()
        await jobs.enqueue()
        await ran.wait()


async def test_a_job_is_not_queued_when_its_transaction_fails(jobs: JobRoom) -> None:
    async def work(tx: Transaction) -> None:
        await jobs.service.enqueue(tx, NewJob("w", "work", "u", "p"))
        raise NotFound.of("thing", "x")

    with pytest.raises(NotFound):
        await jobs.db.transaction(work)
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
    page = await jobs.service.list("w", "u", "p", page=PageRequest(10))
    assert page.items == ()


async def test_a_job_of_an_unknown_kind_waits(jobs: JobRoom) -> None:
    job_id = await jobs.enqueue("from_a_newer_server")
    other = await jobs.enqueue()
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
    assert (await jobs.get(job_id)).state is JobState.PENDING
    assert (await jobs.get(other)).state is JobState.SUCCEEDED


async def test_what_was_running_in_a_crash_runs_again_and_once_in_effect(
    schema_file: Path, tmp_path: Path, clock: ManualClock
) -> None:
    """The effect commits and the process dies before the job is noted as done."""
    db = await open_copy(schema_file, tmp_path / "data")
    room = JobRoom(db, clock)
    job_id = await room.enqueue()

    async def effect(context: JobContext) -> Mapping[str, int]:
        name = f"effect of {context.job.job_id}"
        await context_db.transaction(lambda tx: tx.execute(JOBS["put_effect"], name, b""))
        return {"done": 1}

    context_db = db
    # As the process leaves it that died behind the effect.
    await db.transaction(lambda tx: tx.execute(JOBS["start_elsewhere"], job_id, 1))
    await db.transaction(lambda tx: tx.execute(JOBS["put_effect"], f"effect of {job_id}", b""))
    await db.close()

    context_db = await open_copy(schema_file, tmp_path / "data")
    room = JobRoom(context_db, clock)
    async with room.running({"work": effect}) as runner:
        await runner.idle()
    job = await room.get(job_id)
    assert (job.state, job.attempt, job.result) == (JobState.SUCCEEDED, 2, {"done": 1})
    assert await context_db.fetchval(JOBS["effects"]) == 1
    await context_db.close()


async def test_a_job_that_crashed_the_server_in_each_attempt_is_given_up(jobs: JobRoom) -> None:
    job_id = await jobs.enqueue()
    await jobs.db.transaction(lambda tx: tx.execute(JOBS["start_elsewhere"], job_id, 5))
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
    job = await jobs.get(job_id)
    assert (job.state, job.error_reason) == (JobState.FAILED, "INTERNAL")
    assert job.end_time is not None


async def test_a_shutdown_puts_a_job_back_and_does_not_count(jobs: JobRoom) -> None:
    started = asyncio.Event()

    async def endless(context: JobContext) -> Mapping[str, int]:
        started.set()
        await asyncio.Event().wait()
        return {}

    job_id = await jobs.enqueue()
    async with jobs.running({"work": endless}):
        await started.wait()
    job = await jobs.get(job_id)
    assert (job.state, job.attempt) == (JobState.PENDING, 0)
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
    assert (await jobs.get(job_id)).state is JobState.SUCCEEDED


async def test_a_defect_is_tried_again_and_given_up_without_its_text(jobs: JobRoom) -> None:
    attempts: list[int] = []

    async def broken(context: JobContext) -> Mapping[str, int]:
        attempts.append(context.job.attempt)
        raise ValueError("Alice's secret is a canary")

    job_id = await jobs.enqueue()
    async with jobs.running({"work": broken}) as runner:
        await runner.idle()
    job = await jobs.get(job_id)
    assert attempts == [1, 2, 3, 4, 5]
    assert (job.state, job.attempt, job.error_reason) == (JobState.FAILED, 5, "INTERNAL")
    assert job.error_message
    assert "canary" not in repr(job)
    assert job.end_time is not None


async def test_what_cannot_succeed_is_given_up_at_once_with_its_reason(jobs: JobRoom) -> None:
    async def refuse(context: JobContext) -> Mapping[str, int]:
        raise NotFound.of("session", "s")

    job_id = await jobs.enqueue()
    async with jobs.running({"work": refuse}) as runner:
        await runner.idle()
    job = await jobs.get(job_id)
    assert (job.state, job.attempt) == (JobState.FAILED, 1)
    assert (job.error_reason, job.error_message) == ("RESOURCE_NOT_FOUND", "no session 's'")


async def test_what_may_pass_is_tried_again_when_its_time_has_come(
    jobs: JobRoom, clock: ManualClock
) -> None:
    answers = [Unavailable("the provider is away", reason="PROVIDER_UNAVAILABLE"), None]

    async def flaky(context: JobContext) -> Mapping[str, int]:
        if error := answers.pop(0):
            raise error
        return {}

    job_id = await jobs.enqueue()
    async with jobs.running({"work": flaky}, retry=RetryPolicy(draw=lambda: 0.5)) as runner:
        await runner.idle()
        waiting = await jobs.get(job_id)
        assert (waiting.state, waiting.attempt) == (JobState.PENDING, 1)
        assert waiting.error_reason == "PROVIDER_UNAVAILABLE"
        assert waiting.due_time == clock.now() + 1_000_000
        clock.advance(1)
        await runner.idle()
    done = await jobs.get(job_id)
    assert (done.state, done.attempt, done.error_reason) == (JobState.SUCCEEDED, 2, "")


async def test_jobs_of_one_session_never_run_together(jobs: JobRoom) -> None:
    now: dict[str, int] = {"a": 0, "b": 0}
    most = dict(now)
    together = 0
    meet = asyncio.Barrier(2)

    async def handler(context: JobContext) -> Mapping[str, int]:
        nonlocal together
        session = context.job.session_id
        now[session] += 1
        most[session] = max(most[session], now[session])
        # Two sessions must be at work to get past this, so there is no chance in it.
        await meet.wait()
        together = max(together, sum(now.values()))
        await meet.wait()
        now[session] -= 1
        return {}

    for session in "aabbab":
        await jobs.enqueue(session_id=session)
    async with jobs.running({"work": handler}, workers=4) as runner:
        await runner.idle()
    assert most == {"a": 1, "b": 1}
    assert together == 2


async def test_no_more_jobs_run_than_there_are_workers(jobs: JobRoom) -> None:
    running = most = 0

    async def handler(context: JobContext) -> Mapping[str, int]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await context.step("at work", 0.5)
        running -= 1
        return {}

    for _ in range(9):
        await jobs.enqueue()
    async with jobs.running({"work": handler}, workers=3) as runner:
        await runner.idle()
    assert most <= 3


async def test_a_job_that_is_deleted_while_it_runs_comes_to_nothing(jobs: JobRoom) -> None:
    async def handler(context: JobContext) -> Mapping[str, int]:
        await jobs.db.transaction(lambda tx: tx.execute(JOBS["remove"], context.job.job_id))
        await context.step("on its own", 0.9)
        return {}

    job_id = await jobs.enqueue()
    async with jobs.running({"work": handler}) as runner:
        await runner.idle()
    with pytest.raises(NotFound):
        await jobs.get(job_id)


async def test_ended_jobs_are_swept_in_the_end(
    jobs: JobRoom, clock: ManualClock, db: Database
) -> None:
    done, waiting = await jobs.enqueue(), await jobs.enqueue("unknown")
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
    clock.advance(29 * 24 * 3600)
    assert await jobs.service.sweep() == 0
    assert (await jobs.get(done)).state is JobState.SUCCEEDED
    clock.advance(2 * 24 * 3600)
    assert await jobs.service.sweep() == 1
    with pytest.raises(NotFound):
        await jobs.get(done)
    assert (await jobs.get(waiting)).state is JobState.PENDING


@pytest.mark.parametrize("steps", range(5))
async def test_a_shutdown_that_meets_a_wake_up_is_not_lost(jobs: JobRoom, steps: int) -> None:
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
        runner.wake()
        for _ in range(steps):
            await asyncio.sleep(0)


async def test_who_waits_outside_holds_up_no_other_job(jobs: JobRoom) -> None:
    answered = asyncio.Event()
    asked: list[str] = []

    async def ask(context: JobContext) -> Mapping[str, int]:
        with context.outside():
            asked.append(context.job.job_id)
            await answered.wait()
        return {}

    waiting = [await jobs.enqueue("ask") for _ in range(MOST_OUTSIDE + 1)]
    async with jobs.running({"ask": ask, "work": succeed}, workers=1) as runner:
        other = await jobs.enqueue()
        while len(asked) <= MOST_OUTSIDE:
            await jobs.get(other)
        # One more than may: it has the only place.
        assert (await jobs.get(other)).state is JobState.PENDING
        answered.set()
        await runner.idle()

    for job_id in (*waiting, other):
        assert (await jobs.get(job_id)).state is JobState.SUCCEEDED


async def test_a_job_runs_while_another_waits_outside(jobs: JobRoom) -> None:
    answered, asked = asyncio.Event(), asyncio.Event()

    async def ask(context: JobContext) -> Mapping[str, int]:
        with context.outside():
            asked.set()
            await answered.wait()
        return {}

    first = await jobs.enqueue("ask")
    done = asyncio.Event()

    async def work(context: JobContext) -> Mapping[str, int]:
        done.set()
        return {}

    async with jobs.running({"ask": ask, "work": work}, workers=1) as runner:
        await asked.wait()
        await jobs.enqueue()
        await done.wait()
        assert (await jobs.get(first)).state is JobState.RUNNING
        answered.set()
        await runner.idle()
    assert (await jobs.get(first)).state is JobState.SUCCEEDED
