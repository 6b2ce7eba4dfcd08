"""Counts for people who run the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reverie_server.jobs.model import JobState
from reverie_server.storage.database import Snapshot
from reverie_server.storage.statements import load

_STATEMENTS: Final = load(__package__, "queries.sql")
_COUNTS: Final = _STATEMENTS["counts"]
_JOBS: Final = _STATEMENTS["jobs"]


async def counts(snapshot: Snapshot, workspace_id: str) -> Mapping[str, int]:
    """How many of each there are in a workspace."""
    (row,) = await snapshot.fetch(_COUNTS, workspace_id)
    return {name: int(value) for name, value in row.items()}


async def jobs(snapshot: Snapshot, workspace_id: str) -> Mapping[str, int]:
    """How many jobs of a workspace are in each state, by its name."""
    rows = await snapshot.fetch(_JOBS, workspace_id)
    by_state = {JobState(row["state"]): int(row["jobs"]) for row in rows}
    return {state.name.lower(): by_state.get(state, 0) for state in JobState}
