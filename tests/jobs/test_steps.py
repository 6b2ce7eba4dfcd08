"""A job of several steps goes on with the one that failed."""

from __future__ import annotations

from collections.abc import Mapping

from reverie_server.errors import Unavailable
from reverie_server.jobs.model import JobContext, JobHandler, JobState
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.steps import Steps
from tests.jobs.conftest import JobRoom


class Work:
    """Three steps that say when they run; the second fails so often."""

    def __init__(self, failures: int) -> None:
        self.ran: list[str] = []
        self.seen: list[tuple[str, float]] = []
        self.failures = failures

    def steps(self, jobs: JobRoom) -> Steps:
        def step(name: str) -> JobHandler:
            async def run(context: JobContext) -> Mapping[str, int]:
                self.ran.append(name)
                await context.step("inside", 0.5)
                job = await jobs.get(context.job.job_id)
                self.seen.append((job.step, round(job.progress, 3)))
                if name == "second" and self.failures:
                    self.failures -= 1
                    raise Unavailable("the endpoint is away", reason="PROVIDER_UNAVAILABLE")
                return {name: 1}

            return run

        return Steps({name: step(name) for name in ("first", "second", "third")})


async def test_steps_run_in_order_and_share_the_progress(jobs: JobRoom) -> None:
    work = Work(failures=0)
    job_id = await jobs.enqueue()
    async with jobs.running({"work": work.steps(jobs)}) as runner:
        await runner.idle()

    done = await jobs.get(job_id)
    assert work.ran == ["first", "second", "third"]
    assert work.seen == [("first", 0.167), ("second", 0.5), ("third", 0.833)]
    assert done.result == {"first": 1, "second": 1, "third": 1}


async def test_the_step_that_failed_is_tried_again_alone(jobs: JobRoom) -> None:
    work = Work(failures=2)
    job_id = await jobs.enqueue()
    async with jobs.running({"work": work.steps(jobs)}) as runner:
        await runner.idle()

    assert work.ran == ["first", "second", "second", "second", "third"]
    assert (await jobs.get(job_id)).state is JobState.SUCCEEDED


async def test_a_job_that_was_given_up_goes_on_when_it_is_retried(jobs: JobRoom) -> None:
    work = Work(failures=2)
    job_id = await jobs.enqueue()
    twice = RetryPolicy(attempts=2, draw=lambda: 0.0)
    async with jobs.running({"work": work.steps(jobs)}, retry=twice) as runner:
        await runner.idle()
        failed = await jobs.get(job_id)
        retried = await jobs.service.retry("w", "u", "p", job_id)
        await runner.idle()

    assert (failed.state, failed.step, failed.attempt) == (JobState.FAILED, "second", 2)
    assert failed.error_reason == "PROVIDER_UNAVAILABLE"
    assert (retried.error_reason, retried.end_time) == ("", None)
    done = await jobs.get(job_id)
    assert (done.state, done.attempt) == (JobState.SUCCEEDED, 1)
    assert work.ran == ["first", "second", "second", "second", "third"]


async def test_a_job_that_has_not_failed_is_not_run_again(jobs: JobRoom) -> None:
    work = Work(failures=0)
    job_id = await jobs.enqueue()
    async with jobs.running({"work": work.steps(jobs)}) as runner:
        await runner.idle()
        assert (await jobs.service.retry("w", "u", "p", job_id)).state is JobState.SUCCEEDED
        await runner.idle()

    assert work.ran == ["first", "second", "third"]
