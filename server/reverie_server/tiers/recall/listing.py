"""All that a persona knows of a user, tier by tier, latest first in each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from reverie_server.clock import Clock
from reverie_server.index.memory_index import Kind
from reverie_server.paging import MAX_PAGE_BYTES, Page, PageRequest, weight
from reverie_server.scope import Reader
from reverie_server.storage.database import Database, Snapshot
from reverie_server.storage.statements import Statement, load
from reverie_server.tiers.recall.hit_store import read_memories, storyline_memory
from reverie_server.tiers.recall.model import Memory, Tier
from reverie_server.tiers.recall.ports import SharingRules

_STATEMENTS: Final = load(__package__, "queries.sql")
_CHUNK: Final = 64
_LATEST: Final = (2**62, "")
"""Before every memory of a list that goes back in time."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One stretch of the list."""

    tier: Tier
    kind: Kind | None
    """None: the statement gives the memories themselves, since recall knows no kind of them."""
    before: Statement
    at_a_time: bool = False
    """Whether the statement also takes the time at which the memories are to be true, and whether
    they have to be."""


_PARTS: Final = (
    _Part(Tier.WORKING, Kind.ENTRY, _STATEMENTS["latest_working_entries"]),
    _Part(Tier.EPISODIC, Kind.EPISODE, _STATEMENTS["latest_episodes"]),
    _Part(Tier.EPISODIC, Kind.ENTRY, _STATEMENTS["latest_archived_entries"]),
    _Part(Tier.SEMANTIC, Kind.DOCUMENT, _STATEMENTS["latest_documents"]),
    _Part(Tier.PROCEDURAL, Kind.PROCEDURE, _STATEMENTS["latest_procedures"]),
    _Part(Tier.FACT, Kind.FACT, _STATEMENTS["latest_facts"], at_a_time=True),
    _Part(Tier.STORYLINE, None, _STATEMENTS["latest_storylines"]),
)


class MemoryList:
    def __init__(self, database: Database, rules: SharingRules, clock: Clock) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        tiers: Collection[Tier],
        page: PageRequest,
        *,
        own_only: bool,
        current_only: bool = False,
    ) -> Page[Memory]:
        """A page of the memories that the persona may read.

        Args:
            own_only: only what the persona has learnt itself.
            current_only: of facts only those that are true now.
        """
        now = self._clock.now()
        reader = await self._rules.reader(workspace_id, user_id, persona_id)
        return await self._database.read(
            partial(_page, reader, tiers, page, own_only, (now, int(current_only)))
        )


async def _page(
    reader: Reader,
    tiers: Collection[Tier],
    page: PageRequest,
    own_only: bool,
    truth: tuple[int, int],
    snapshot: Snapshot,
) -> Page[Memory]:
    part, *rest = page.cursor or (0, *_LATEST)
    time, memory_id = rest
    at = int(part)
    before = (int(time), str(memory_id))
    items: list[Memory] = []
    size = 0
    while at < len(_PARTS):
        chunk: list[tuple[int, Memory]] = []
        if _PARTS[at].tier in tiers:
            chunk = await _chunk(reader, _PARTS[at], before, own_only, truth, snapshot)
        for event_time, memory in chunk:
            size += weight(memory)
            if len(items) == page.size or (items and size > MAX_PAGE_BYTES):
                return Page(tuple(items), (at, *before))
            items.append(memory)
            before = (event_time, memory.memory_id)
        if len(chunk) < _CHUNK:
            at, before = at + 1, _LATEST
    return Page(tuple(items), None)


async def _chunk(
    reader: Reader,
    part: _Part,
    before: tuple[int, str],
    own_only: bool,
    truth: tuple[int, int],
    snapshot: Snapshot,
) -> list[tuple[int, Memory]]:
    time = truth if part.at_a_time else ()
    rows = await snapshot.fetch(part.before, *reader.sql, *before, int(own_only), _CHUNK, *time)
    if part.kind is None:
        return [(row["event_time"], storyline_memory(reader, row)) for row in rows]
    keys = [(part.kind, row["memory_id"]) for row in rows]
    found = await read_memories(snapshot, reader, keys)
    return [
        (row["event_time"], found[key]) for row, key in zip(rows, keys, strict=True) if key in found
    ]
