"""What GetStats tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts of one workspace, and the state of what all of them share."""

    counts: Mapping[str, int]
    jobs: Mapping[str, int]
    """By state."""
    index_backlog: int
    """Changes that the index has not applied yet, of all workspaces."""
    index_points: int
    index_state: str
    storage_bytes: int
    storage: str
    embedder: str
    version: str
    start_time: int
    """Microseconds, UTC."""
