"""Keyset pages: how a list is cut, whatever it is a list of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

Cursor = tuple[str | int, ...]
"""Where a page starts: the sort key of the last item of the page before."""

MAX_PAGE_BYTES = 2 * 1024 * 1024
"""A page ends at its size or here, whichever comes first. One item is always returned."""

_FIRST_CHUNK = 64
_MAX_CHUNK = 256
_MAX_SCANNED = 10_000
MAX_SCANNED_BYTES = 16 * 1024 * 1024
"""A page that a filter leaves little of ends after this much, or after 10,000 items."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list in order."""

    items: tuple[T, ...]
    next: Cursor | None
    """The cursor of the next page; None when this is the last one."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is wanted: at most ``size`` items after ``cursor`` (None: from the start)."""

    size: int
    cursor: Cursor | None = None


def weight(item: object) -> int:
    """Roughly the bytes of a dataclass on the wire, for ``collect``: those of its JSON."""
    return len(msgspec.json.encode(item))


def fitting(
    items: Iterable[T], weight: Callable[[T], int], largest: int = MAX_PAGE_BYTES
) -> list[T]:
    """What fits into an answer that has no pages, in order; an item too many is left out, and
    smaller ones behind it are not.
    """
    kept, size = [], 0
    for item in items:
        added = weight(item)
        if size + added <= largest:
            size += added
            kept.append(item)
    return kept


async def collect(
    fetch: Callable[[Cursor | None, int], Awaitable[Sequence[T]]],
    page: PageRequest,
    *,
    position: Callable[[T], Cursor],
    weight: Callable[[T], int],
    accepts: Callable[[T], bool] | None = None,
    scanned_bytes: Callable[[T], int] | None = None,
    chunk: int = _MAX_CHUNK,
) -> Page[T]:
    """Reads a page in chunks, so that neither large items nor a filter make it unbounded.

    Args:
        fetch: gives at most n items after a cursor, in the list's order.
        position: the sort key of an item, unique in the list.
        weight: roughly the bytes of an item on the wire.
        accepts: which items belong to the list; a page that had to look at very many items to
            find them may come back short, with a cursor to go on from.
        scanned_bytes: how much it was to look at an item, for ``MAX_SCANNED_BYTES``; without it
            only the number of items counts.
        chunk: how many items may be in memory at once; fewer where one can be large.
    """
    items: list[T] = []
    cursor, size, scanned, looked_at = page.cursor, 0, 0, 0
    while True:
        wanted = min(max(page.size - len(items) + 1, _FIRST_CHUNK if accepts else 1), chunk)
        fetched = await fetch(cursor, wanted)
        for item in fetched:
            if accepts is None or accepts(item):
                size += weight(item)
                if len(items) == page.size or (items and size > MAX_PAGE_BYTES):
                    return Page(tuple(items), cursor)
                items.append(item)
            cursor = position(item)
            looked_at += scanned_bytes(item) if scanned_bytes else 0
        scanned += len(fetched)
        if len(fetched) < wanted:
            return Page(tuple(items), None)
        if scanned >= _MAX_SCANNED or looked_at >= MAX_SCANNED_BYTES:
            return Page(tuple(items), cursor)
