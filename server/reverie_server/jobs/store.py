"""Jobs in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from reverie_server.jobs.model import Job, JobState, NewJob
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_GET: Final = _QUERIES["get"]
_FIND_UNENDED: Final = _QUERIES["find_unended"]
_LIST_BEFORE: Final = _QUERIES["list_before"]
_CLAIM_NEXT: Final = _QUERIES["claim_next"]
_NEXT_DUE_TIME: Final = _QUERIES["next_due_time"]
_COUNT_BY_STATE: Final = _QUERIES["count_by_state"]
_EXTEND: Final = _QUERIES["extend"]
_NOTE_STEP: Final = _QUERIES["note_step"]
_SUCCEED: Final = _QUERIES["succeed"]
_FAIL: Final = _QUERIES["fail"]
_RETRY: Final = _QUERIES["retry"]
_POSTPONE: Final = _QUERIES["postpone"]
_RELEASE: Final = _QUERIES["release"]
_FAIL_INTERRUPTED: Final = _QUERIES["fail_interrupted"]
_RELEASE_INTERRUPTED: Final = _QUERIES["release_interrupted"]
_DELETE_OF_SESSION: Final = _QUERIES["delete_of_session"]
_SWEEP: Final = _QUERIES["sweep"]

_ARGUMENTS: Final = msgspec.json.Decoder(dict[str, str])
_RESULT: Final = msgspec.json.Decoder(dict[str, int])


async def add(tx: Transaction, job_id: str, job: NewJob, now: int) -> None:
    await tx.execute(
        _ADD,
        job.workspace_id,
        job.user_id,
        job_id,
        job.persona_id,
        job.session_id,
        job.kind,
        _json(job.arguments),
        now,
    )


async def get(
    snapshot: Snapshot, workspace_id: str, user_id: str, persona_id: str, job_id: str
) -> Job | None:
    row = await snapshot.fetchrow(_GET, workspace_id, user_id, persona_id, job_id)
    return None if row is None else _job(row)


async def find_unended(snapshot: Snapshot, job: NewJob, *, running: bool) -> str | None:
    """The id of a job that is the same and waits or, if ``running``, runs."""
    job_id: str | None = await snapshot.fetchval(
        _FIND_UNENDED,
        job.workspace_id,
        job.user_id,
        job.persona_id,
        job.session_id,
        job.kind,
        _json(job.arguments),
        JobState.RUNNING if running else JobState.PENDING,
    )
    return job_id


async def list_before(
    snapshot: Snapshot,
    workspace_id: str,
    user_id: str,
    persona_id: str,
    *,
    session_id: str,
    states: Collection[JobState],
    before: str,
    limit: int,
) -> list[Job]:
    """Latest first. ``session_id`` empty: any; ``states`` empty: all; ``before`` empty: from the
    latest."""
    rows = await snapshot.fetch(
        _LIST_BEFORE,
        workspace_id,
        user_id,
        persona_id,
        session_id,
        _json(sorted(str(int(state)) for state in states)),
        before,
        limit,
    )
    return [_job(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken. It is the worker's until another one claims it."""

    job: Job
    number: int
    """Which of all claims of this job it is."""

    @property
    def sql(self) -> tuple[str, str, str, int]:
        """The first arguments of what is done by it."""
        return *_key(self.job), self.number


async def claim_next(tx: Transaction, kinds: Collection[str], now: int, lease: int) -> Claim | None:
    """Takes the job that has been due for longest; it is RUNNING then. None: there is none whose
    session has no job running already.

    Args:
        lease: for how many microseconds it is ours unless we ``extend`` it.

    Raises:
        UniqueViolation: another worker has just taken a job of the same session.
    """
    row = await tx.fetchrow(_CLAIM_NEXT, now, _json(sorted(kinds)), lease)
    return None if row is None else Claim(_job(row), row["claim"])


async def extend(tx: Transaction, claim: Claim, lease: int) -> bool:
    """Says that the worker lives; False: the job is not its any more."""
    return await tx.execute(_EXTEND, *claim.sql, lease) == 1


async def next_due_time(snapshot: Snapshot, kinds: Collection[str]) -> int | None:
    """Of all that wait; None when nothing does."""
    due: int | None = await snapshot.fetchval(_NEXT_DUE_TIME, _json(sorted(kinds)))
    return due


async def note_step(tx: Transaction, claim: Claim, step: str, progress: float) -> None:
    await tx.execute(_NOTE_STEP, *claim.sql, step, progress)


async def succeed(tx: Transaction, claim: Claim, result: Mapping[str, int], now: int) -> None:
    await tx.execute(_SUCCEED, *claim.sql, _json(result), now)


async def fail(tx: Transaction, claim: Claim, reason: str, message: str, now: int) -> None:
    await tx.execute(_FAIL, *claim.sql, reason, message, now)


async def retry(
    tx: Transaction, workspace_id: str, user_id: str, persona_id: str, job_id: str, now: int
) -> None:
    """Of a job that has failed or was cancelled; nothing happens to others."""
    await tx.execute(_RETRY, workspace_id, user_id, persona_id, job_id, now)


async def postpone(tx: Transaction, claim: Claim, reason: str, message: str, due_time: int) -> None:
    """Back to PENDING, for another attempt."""
    await tx.execute(_POSTPONE, *claim.sql, reason, message, due_time)


async def release(tx: Transaction, claim: Claim) -> None:
    """Back to PENDING, as if this attempt had not been."""
    await tx.execute(_RELEASE, *claim.sql)


async def recover(
    tx: Transaction, most_attempts: int, reason: str, message: str, now: int, *, alone: bool
) -> tuple[int, int]:
    """After a crash: what was running waits again, or has failed if this was its last attempt.
    Gives the numbers of both.

    Args:
        alone: there is no other worker, and this one has just started.
    """
    failed = await tx.execute(_FAIL_INTERRUPTED, most_attempts, reason, message, now, int(alone))
    return await tx.execute(_RELEASE_INTERRUPTED, now, int(alone)), failed


async def delete_of_session(
    tx: Transaction, workspace_id: str, user_id: str, session_id: str
) -> None:
    await tx.execute(_DELETE_OF_SESSION, workspace_id, user_id, session_id)


async def sweep(tx: Transaction, due_before: int, limit: int) -> int:
    """Deletes jobs that have ended; gives their number."""
    return await tx.execute(_SWEEP, due_before, limit)


async def count_by_state(snapshot: Snapshot) -> Mapping[JobState, int]:
    """How many jobs of all workspaces are in each state."""
    rows = await snapshot.fetch(_COUNT_BY_STATE)
    by_state = {JobState(row["state"]): int(row["jobs"]) for row in rows}
    return {state: by_state.get(state, 0) for state in JobState}


def _key(job: Job) -> tuple[str, str, str]:
    return job.workspace_id, job.user_id, job.job_id


def _json(value: Mapping[str, str] | Mapping[str, int] | Sequence[str]) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _job(row: Row) -> Job:
    return Job(
        job_id=row["job_id"],
        workspace_id=row["workspace_id"],
        user_id=row["user_id"],
        persona_id=row["persona_id"],
        session_id=row["session_id"],
        kind=row["kind"],
        arguments=_ARGUMENTS.decode(row["arguments"]),
        state=JobState(row["state"]),
        step=row["step"],
        progress=row["progress"],
        attempt=row["attempt"],
        error_reason=row["error_reason"],
        error_message=row["error_message"],
        result=_RESULT.decode(row["result"]),
        due_time=row["due_time"],
        create_time=row["create_time"],
        start_time=row["start_time"],
        end_time=row["end_time"],
    )
