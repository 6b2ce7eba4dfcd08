"""Searches that find and rank memories of one kind: the seam between a room and recall.

The recall room scores; the room whose memories they are says which count (``Keep``) and reads
them for the answer. So a filter is answered completely, however rare its matches are, and no
room reads another's tables.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from reverie_server.paging import MAX_PAGE_BYTES, Page, PageRequest
from reverie_server.scope import Reader

T = TypeVar("T")

DEEPEST: Final = 200
"""The last rank that pages of a search reach."""
_CHUNK: Final = 16
"""Memories read at once for an answer; each may be large."""

Keep = Callable[[Reader, Sequence[str]], Awaitable[Collection[str]]]
"""Those of a reader's memory ids that count. Called off a transaction, with any number of ids;
who searches calls it before cutting at ``limit``, with as many candidates as it takes."""


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """What to look for, and where."""

    readers: tuple[Reader, ...]
    """The owners to search together, each with who reads. ``min_revision`` and the answer's
    revision are the first one's. A workspace's shared part that nobody has written to is empty,
    at revision 0."""
    text: str
    vector: tuple[float, ...]
    """The query's vector, only with the `client` embedder; empty otherwise."""
    limit: int
    """1..DEEPEST."""
    min_score: float
    """0..1, inclusive; holds with and without ``keep``."""
    min_revision: int
    explain: bool
    keep: Keep | None
    """None: everything that the readers may read counts."""
    min_trust: float = 0.0
    """0..1, inclusive."""
    at_any_time: bool = False
    """Also facts that are not true now."""


@dataclass(frozen=True, slots=True)
class RankedMemory:
    """A memory that a query found."""

    user_id: str
    """Whose: that of one of the query's readers."""
    memory_id: str
    score: float
    """How well it fits, absolute, 0..1."""
    score_parts: Mapping[str, float]
    """Only when an explanation was asked for."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answer to a query. The same memories give the same order, so that it can be paged."""

    memories: tuple[RankedMemory, ...]
    """Best first, at most ``limit``."""
    degraded: bool
    """From SQL, because the index could not be used; complete all the same."""
    revision: int
    """The first reader's owner's, that the answer is as of."""


def depth(page: PageRequest) -> int:
    """How many ranks a page needs to be known: those before it, its own, and whether there is
    another one."""
    return min(_start(page) + page.size + 1, DEEPEST)


async def ranked_page(
    ranked: Sequence[RankedMemory],
    page: PageRequest,
    load: Callable[[Sequence[RankedMemory]], Awaitable[Sequence[T | None]]],
    weight: Callable[[T], int],
) -> Page[T]:
    """Cuts a page, by rank, out of a ranking from its top.

    Args:
        load: reads memories for the answer, each in its place; None where one is gone by now,
            which is left out.
        weight: roughly the bytes of an item on the wire.
    """
    items: list[T] = []
    rank, size = _start(page), 0
    while rank < len(ranked) and len(items) < page.size:
        for item in await load(ranked[rank : rank + min(_CHUNK, page.size - len(items))]):
            if item is not None:
                size += weight(item)
                if items and size > MAX_PAGE_BYTES:
                    return Page(tuple(items), (rank,))
                items.append(item)
            rank += 1
    return Page(tuple(items), (rank,) if rank < len(ranked) else None)


def _start(page: PageRequest) -> int:
    return int(page.cursor[0]) if page.cursor else 0
