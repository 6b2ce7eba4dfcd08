"""The MemoryIndex port. It speaks in memories, not in an engine's types.

The index is derived from SQL: it may be dropped at any moment and is rebuilt from there. It holds
no text, only ids, filter keys and vectors; hits are hydrated (and checked again) in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from reverie_server.scope import Reader


class Kind(IntEnum):
    """What a point of the index is. Stored as a number."""

    ENTRY = 1
    EPISODE = 2
    DOCUMENT = 3
    PROCEDURE = 4
    FACT = 5


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights by term id: BM25's document side; the engine multiplies by IDF."""

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose memory: a user of a workspace, or its shared part (``scope.SHARED_OWNER``)."""

    workspace_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class MemoryPoint:
    """One memory as the index sees it. (owner, kind, memory_id) identifies it."""

    owner: Owner
    kind: Kind
    memory_id: str
    persona_id: str
    visibility: int
    session_id: str
    """Empty for what belongs to no session."""
    event_time: int
    """Microseconds since the epoch, UTC."""
    trust: float
    revision: int
    """The owner's revision that last changed it; an older one never overwrites a newer one."""
    content_hash: str
    dense: Mapping[str, NDArray[np.float32]]
    """By vector name; unit length. A name may be left out (there is nothing to embed)."""
    sparse: Mapping[str, SparseVector]


@dataclass(frozen=True, slots=True)
class DenseQuery:
    vector_name: str
    vector: NDArray[np.float32]
    limit: int


@dataclass(frozen=True, slots=True)
class SparseQuery:
    """Scored with IDF over the searched owner's own points."""

    vector_name: str
    vector: SparseVector
    limit: int


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Several queries over what one reader may read, run together."""

    reader: Reader
    queries: Sequence[DenseQuery | SparseQuery]
    kinds: frozenset[Kind] = frozenset()
    """Empty: all."""
    session_ids: frozenset[str] = frozenset()
    """Empty: all. Otherwise only memories of these sessions."""
    excluded_session_ids: frozenset[str] = frozenset()
    event_after: int | None = None
    """Inclusive, microseconds."""
    event_before: int | None = None
    """Exclusive, microseconds."""
    min_trust: float = 0.0


class Candidate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A hit before it is hydrated. A Struct and not a dataclass, because hundreds come with every
    search: an adapter decodes them in one go, in a tenth of the time."""

    kind: Kind
    memory_id: str
    revision: int
    content_hash: str
    scores: tuple[float | None, ...]
    """The engine's raw score for each query of the plan, in order; None where it did not match
    within that query's limit."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What reconcile compares."""

    kind: Kind
    memory_id: str
    revision: int
    content_hash: str


class IndexState(StrEnum):
    READY = "ready"
    REBUILDING = "rebuilding"
    """Being filled from SQL: answers are incomplete, so readers go to SQL."""
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class IndexHealth:
    state: IndexState
    points: int
    detail: str = ""
    """Why it is not ready, in one sentence without memory text."""
    dimensions: Mapping[str, int] = field(default_factory=dict)
    generation: str = ""
    """Names this filling of the index; another one means that everything has to come again."""


class IndexAway(Exception):
    """The index cannot answer now. Callers fall back to SQL and mark their answer degraded."""


class MemoryIndex(Protocol):
    """Every method but the two about health and ``close`` raises ``IndexAway`` when the engine is
    not there.

    An index can lose itself at any moment: its process dies, its files are damaged. It then comes
    back empty, under a new generation, REBUILDING, until who fills it calls ``finish_rebuild``.
    """

    async def upsert(self, points: Sequence[MemoryPoint]) -> None:
        """Idempotent. Applied, but durable only after ``flush``. A point whose stored revision is
        higher than the given one is left as it is.

        Raises:
            ValueError: a vector of an unknown name, of another dimension, or not finite.
        """
        ...

    async def delete(self, owner: Owner, memories: Sequence[tuple[Kind, str]]) -> None: ...

    async def delete_session(self, owner: Owner, session_id: str, kinds: frozenset[Kind]) -> None:
        """Deletes a session's points of these kinds."""
        ...

    async def delete_owner(self, owner: Owner) -> None: ...

    async def search(self, plan: SearchPlan) -> list[Candidate]:
        """The union of the queries' best, each once, in no particular order.

        Raises:
            IndexAway: also while REBUILDING, when an answer would be incomplete.
        """
        ...

    async def fingerprints(
        self, owner: Owner, after: str | None, limit: int
    ) -> tuple[list[Fingerprint], str | None]:
        """A page of an owner's points and the token of the next page (None: the end). Read from
        the engine itself, not from anything kept beside it."""
        ...

    async def count(self, owner: Owner | None = None) -> int: ...

    async def flush(self) -> None:
        """Once this returns, what was applied before is never silently lost: it is there when the
        index is READY again, or the index says REBUILDING."""
        ...

    async def begin_rebuild(self) -> str:
        """Drops everything and starts an empty index; gives its generation. ``health`` says
        REBUILDING until ``finish_rebuild``. Upserts and deletes go to the new one. Once this
        returns, nothing of the old one is left on the disk."""
        ...

    async def finish_rebuild(self, generation: str) -> None:
        """Everything is in: READY.

        Raises:
            IndexAway: the index is another one by now; it has to be filled again.
        """
        ...

    def health(self) -> IndexHealth: ...

    async def health_change(self, seen: IndexHealth) -> IndexHealth:
        """Waits until state or generation differ from ``seen``'s and gives what holds then."""
        ...

    async def close(self) -> None: ...
