"""Looking at jobs."""

from __future__ import annotations

import pytest

from reverie_server.errors import NotFound
from reverie_server.jobs.model import JobContext, JobState, NewJob
from reverie_server.paging import PageRequest
from tests.jobs.conftest import JobRoom


async def succeed(context: JobContext) -> dict[str, int]:
    return {}


async def test_a_list_has_the_latest_first_in_pages(jobs: JobRoom) -> None:
    ids = [await jobs.enqueue() for _ in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = await jobs.service.list("w", "u", "p", page=PageRequest(3, cursor))
        seen += [job.job_id for job in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ids[::-1]


async def test_a_list_by_session_and_state(jobs: JobRoom) -> None:
    first = await jobs.enqueue(session_id="s")
    other = await jobs.enqueue(session_id="t")
    async with jobs.running({"work": succeed}) as runner:
        await runner.idle()
    second = await jobs.enqueue(session_id="s")

    async def ids(session_id: str = "", states: tuple[JobState, ...] = ()) -> list[str]:
        page = await jobs.service.list(
            "w", "u", "p", session_id=session_id, states=states, page=PageRequest(10)
        )
        return [job.job_id for job in page.items]

    assert await ids() == [second, other, first]
    assert await ids("s") == [second, first]
    assert await ids(states=(JobState.PENDING,)) == [second]
    assert await ids("s", (JobState.SUCCEEDED, JobState.FAILED)) == [first]
    assert await ids("nothing") == []


@pytest.mark.parametrize(
    ("workspace", "user", "persona"), [("w2", "u", "p"), ("w", "u2", "p"), ("w", "u", "p2")]
)
async def test_nobody_else_sees_a_job(
    jobs: JobRoom, workspace: str, user: str, persona: str
) -> None:
    job_id = await jobs.enqueue()
    with pytest.raises(NotFound):
        await jobs.service.get(workspace, user, persona, job_id)
    page = await jobs.service.list(workspace, user, persona, page=PageRequest(10))
    assert page.items == ()


async def test_the_workspace_has_jobs_of_its_own(jobs: JobRoom) -> None:
    own = await jobs.db.transaction(lambda tx: jobs.service.enqueue(tx, NewJob("w", "compact")))
    await jobs.enqueue()
    assert (await jobs.service.get("w", "", "", own)).kind == "compact"
    page = await jobs.service.list("w", "", "", page=PageRequest(10))
    assert [job.job_id for job in page.items] == [own]


async def test_a_forgotten_session_has_no_jobs(jobs: JobRoom) -> None:
    gone = await jobs.enqueue(session_id="s")
    kept = await jobs.enqueue(session_id="t")
    await jobs.db.transaction(lambda tx: jobs.service.forget_session(tx, "w", "u", "s"))
    with pytest.raises(NotFound):
        await jobs.get(gone)
    assert (await jobs.get(kept)).session_id == "t"


async def test_the_same_job_is_joined_until_it_has_ended(jobs: JobRoom) -> None:
    async def start(**arguments: str) -> str:
        job = NewJob("w", "reindex", arguments=arguments)
        return await jobs.db.transaction(lambda tx: jobs.service.enqueue_unless_waiting(tx, job))

    first = await start(a="1", b="2")
    assert await start(b="2", a="1") == first
    assert await start(a="2") != first
    async with jobs.running({"reindex": succeed}) as runner:
        await runner.idle()
    assert await start(a="1", b="2") != first
