"""The embedded memory index: Qdrant Edge in a child process (``edge_child``).

What can happen to it and what it then does:

* Opened with the stamp of its last clean close: READY, if every file is what it was then. Anything
  else (never opened, killed, damaged, an older copy, other dimensions): emptied, REBUILDING.
* The child ends while it serves, by its own will (files touched by somebody else, vectors not as
  written, the engine failing) or not (killed, out of memory): waiting calls raise ``IndexAway`` at
  once, the state is AWAY until another child runs, then REBUILDING under a new generation.
* Who fills it calls ``finish_rebuild``: READY.

The stamp is kept in SQL. It is taken out of there before the index is opened and put back after a
clean close, so that a copy of the folder from an earlier time never passes for the present one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec
import structlog

from reverie_server.errors import Unavailable
from reverie_server.index import schema
from reverie_server.index.edge_frames import (
    Answer,
    Call,
    Close,
    Closed,
    Count,
    Counted,
    Delete,
    DeleteOwner,
    DeleteSession,
    Done,
    FinishRebuild,
    Found,
    ListPoints,
    Page,
    Upsert,
)
from reverie_server.index.edge_link import EdgeLink
from reverie_server.index.encoded import PointFrame
from reverie_server.index.encoding import point_frame, point_id, search_call
from reverie_server.index.memory_index import (
    Candidate,
    Fingerprint,
    IndexAway,
    IndexHealth,
    IndexState,
    Kind,
    MemoryPoint,
    Owner,
    SearchPlan,
)

POINTS_PER_FRAME: Final = 64
"""About 4 ms of the engine's time: the longest that a search waits behind a change."""
ENCODED_INLINE: Final = 8
"""More points are encoded on a thread: the loop must not wait for them."""
FRAMES_AHEAD: Final = 4
"""Sent before the first is acknowledged, so that the child is never idle in between."""
SEARCH_SECONDS: Final = 2.0
"""Without an answer for so long, a search gives up and its caller goes to SQL."""
HEARTBEAT_SECONDS: Final = 5.0
"""Between two questions that only ask whether the child is alive."""
HUNG_SECONDS: Final = 15.0
"""Without an answer for so long, the child is ended and another one started."""
CLOSE_SECONDS: Final = 60.0
"""For flushing and hashing; a second at 100,000 points."""
SHORTEST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0

_candidates = msgspec.msgpack.Decoder(list[Candidate])
_log = structlog.get_logger(__name__)


class StampStore(Protocol):
    """One value in SQL: the stamp of the state that the last clean close left on the disk."""

    async def take(self) -> str | None:
        """Gives the stamp and forgets it, durably, in one transaction."""
        ...

    async def put(self, stamp: str) -> None: ...


class EdgeIndex:
    """A ``MemoryIndex`` on one folder. Made by ``open``."""

    def __init__(
        self, root: Path, dimensions: Mapping[str, int], stamps: StampStore, link: EdgeLink
    ) -> None:
        self._root = root
        self._dimensions = dict(dimensions)
        self._stamps = stamps
        self._link = link
        self._health = IndexHealth(IndexState.AWAY, 0, "starting", self._dimensions)
        self._changed = asyncio.Event()
        self._closing = False
        self._is_late = False
        self._found_late = asyncio.Event()
        self._pause = 0.0
        """Before the next restart; grows while none of them leads to an index that is READY."""
        self._rebuild_lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, root: Path, dimensions: Mapping[str, int], stamps: StampStore) -> EdgeIndex:
        """Starts the child and waits until it has opened the index (or an empty one).

        Args:
            root: the index's own folder; made when missing, anything strange in it is removed.
            dimensions: of each dense vector, by the names of ``schema.DENSE_NAMES``.

        Raises:
            IndexAway: the child did not come up.
        """
        if set(dimensions) != set(schema.DENSE_NAMES):
            raise ValueError("dimensions must name every dense vector of the schema")
        stamp = await stamps.take()
        link = await EdgeLink.start(root, stamp or "", dimensions)
        index = cls(root, dimensions, stamps, link)
        try:
            await index._welcome(link)
        except IndexAway:
            # Opening what was there may have killed it: once more, without.
            await link.leave()
            index._link = await EdgeLink.start(root, "", dimensions)
            await index._welcome(index._link)
        index._keeper = asyncio.create_task(index._keep(), name="edge-index")
        return index

    # The port --------------------------------------------------------------------------------

    async def upsert(self, points: Sequence[MemoryPoint]) -> None:
        link = self._present()
        ahead: deque[asyncio.Future[Answer]] = deque()
        try:
            for start in range(0, len(points), POINTS_PER_FRAME):
                part = points[start : start + POINTS_PER_FRAME]
                if len(part) > ENCODED_INLINE:
                    frames = await asyncio.to_thread(self._frames, part)
                else:
                    frames = self._frames(part)
                await link.writable()
                ahead.append(link.send(Upsert(frames)))
                if len(ahead) >= FRAMES_AHEAD:
                    self._count_done(await ahead.popleft())
            while ahead:
                self._count_done(await ahead.popleft())
        finally:
            for future in ahead:
                future.cancel()

    def _frames(self, points: Sequence[MemoryPoint]) -> list[PointFrame]:
        return [point_frame(point, self._dimensions) for point in points]

    async def delete(self, owner: Owner, memories: Sequence[tuple[Kind, str]]) -> None:
        if memories:
            ids = [point_id(owner, kind, memory_id) for kind, memory_id in memories]
            await self._change(Delete(ids))

    async def delete_session(self, owner: Owner, session_id: str, kinds: frozenset[Kind]) -> None:
        if kinds:
            session = schema.session_key(owner.workspace_id, owner.user_id, session_id)
            await self._change(DeleteSession(session.bytes, [int(kind) for kind in kinds]))

    async def delete_owner(self, owner: Owner) -> None:
        await self._change(DeleteOwner(_key(owner)))

    async def search(self, plan: SearchPlan) -> list[Candidate]:
        health = self._health
        if health.state is not IndexState.READY:
            raise IndexAway(health.detail)
        if self._is_late:
            raise IndexAway("the index process does not answer")
        call = search_call(plan, self._dimensions)
        try:
            found = await self._link.ask(call, Found, within=SEARCH_SECONDS)
        except IndexAway:
            # Until it answers again, nobody else waits for so long.
            self._is_late = True
            self._found_late.set()
            raise
        return _candidates.decode(found.candidates)

    async def fingerprints(
        self, owner: Owner, after: str | None, limit: int
    ) -> tuple[list[Fingerprint], str | None]:
        start = None if after is None else int(after)
        page = await self._present().ask(ListPoints(_key(owner), start, limit), Page)
        following = None if page.following is None else str(page.following)
        return [
            Fingerprint(Kind(kind), memory_id, revision, content_hash)
            for kind, memory_id, revision, content_hash in page.points
        ], following

    async def count(self, owner: Owner | None = None) -> int:
        call = Count(b"" if owner is None else _key(owner))
        return (await self._present().ask(call, Counted)).points

    async def flush(self) -> None:
        """Nothing to write: what a child leaves that was not closed in order is never read again,
        but filled anew from SQL, so that nothing that was applied can be missed. (The engine's own
        flush would hold up searches; the child does it when nothing happens, and at the end.)"""
        self._present()

    async def begin_rebuild(self) -> str:
        async with self._rebuild_lock:
            before = self._health
            await self._present().leave()
            health = before
            while health.state is not IndexState.REBUILDING or (
                health.generation == before.generation
            ):
                health = await self.health_change(health)
                if self._closing:
                    raise IndexAway("the index is closed")
            return health.generation

    async def finish_rebuild(self, generation: str) -> None:
        health = self._health
        if health.generation != generation or health.state is IndexState.AWAY:
            raise IndexAway("another rebuild is needed")
        done = await self._link.ask(FinishRebuild(), Done)
        if self._health.generation != generation or self._health.state is IndexState.AWAY:
            raise IndexAway("another rebuild is needed")
        self._set(IndexState.READY, done.points, "", generation)
        self._pause = 0.0

    def health(self) -> IndexHealth:
        return self._health

    async def health_change(self, seen: IndexHealth) -> IndexHealth:
        while (self._health.state, self._health.generation) == (seen.state, seen.generation):
            await self._changed.wait()
        return self._health

    async def close(self) -> None:
        """Closes in order, so that the next ``open`` finds everything. Idempotent."""
        if self._closing:
            return
        self._closing = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
        stamp = None
        try:
            stamp = (await self._link.ask(Close(), Closed, within=CLOSE_SECONDS)).stamp
        except IndexAway as away:
            _log.warning("index.not_closed", detail=str(away))
        await self._link.leave()
        if stamp is not None:
            try:
                await self._stamps.put(stamp)
            except Unavailable as away:
                # Without a stamp the next start makes the index anew, as after a crash.
                _log.warning("index.not_stamped", detail=str(away))
        self._set(IndexState.AWAY, 0, "the index is closed")

    # Keeping a child -------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Starts another child whenever one has ended."""
        while True:
            await self._watch(self._link)
            detail = self._link.detail
            self._set(IndexState.AWAY, 0, detail)
            _log.warning("index.lost", detail=detail)
            await self._link.leave()
            await asyncio.sleep(self._pause)
            self._pause = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, self._pause * 2))
            try:
                self._link = await EdgeLink.start(self._root, "", self._dimensions)
                await self._welcome(self._link, detail)
            except (IndexAway, OSError) as error:
                # No process or no memory left, or the folder is not writable: try again later.
                _log.warning("index.not_started", error=type(error).__name__)

    async def _watch(self, link: EdgeLink) -> None:
        """Returns when the child has ended; ends one that does not answer any more."""
        ended = asyncio.ensure_future(link.ended())
        try:
            while True:
                late = asyncio.ensure_future(self._found_late.wait())
                await asyncio.wait(
                    [ended, late],
                    timeout=HEARTBEAT_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                late.cancel()
                if ended.done():
                    return
                try:
                    await link.ask(Count(b""), Counted, within=HUNG_SECONDS)
                except IndexAway:
                    _log.warning("index.hung", pid=link.pid)
                    link.kill()
                else:
                    self._found_late.clear()
                    self._is_late = False
        finally:
            ended.cancel()

    async def _welcome(self, link: EdgeLink, detail: str = "") -> None:
        ready = await link.ready()
        state = IndexState.READY if ready.complete else IndexState.REBUILDING
        self._is_late = False
        self._set(state, ready.points, detail or ready.detail, ready.generation)
        _log.info("index.opened", state=state.value, points=ready.points, detail=ready.detail)

    def _set(self, state: IndexState, points: int, detail: str, generation: str = "") -> None:
        self._health = IndexHealth(state, points, detail, self._dimensions, generation)
        # Everybody who waits wakes up; who comes later waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()

    def _present(self) -> EdgeLink:
        if self._health.state is IndexState.AWAY:
            raise IndexAway(self._health.detail)
        return self._link

    async def _change(self, call: Call) -> None:
        self._count_done(await self._present().ask(call, Done))

    def _count_done(self, answer: Answer) -> None:
        health = self._health
        if isinstance(answer, Done) and health.state is not IndexState.AWAY:
            self._health = IndexHealth(
                health.state, answer.points, health.detail, self._dimensions, health.generation
            )


def _key(owner: Owner) -> bytes:
    return schema.owner_key(owner.workspace_id, owner.user_id).bytes
