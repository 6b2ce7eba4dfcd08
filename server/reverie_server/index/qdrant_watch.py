"""Which collection is the index now, and in what state: ``qdrant`` says what that depends on."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import structlog
from qdrant_client import grpc as q

from reverie_server.errors import ReverieError
from reverie_server.index import schema
from reverie_server.index.memory_index import IndexAway, IndexHealth, IndexState
from reverie_server.index.qdrant_collection import QdrantCollection, UnfitQdrant
from reverie_server.index.qdrant_link import QdrantLink
from reverie_server.index.qdrant_record import Record, Records

OLDEST_VERSION: Final = (1, 19)
"""The first whose IDF can be one owner's."""
WATCH_SECONDS: Final = 1.0
"""Between two looks when all is well."""
SHORTEST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
"""Between two looks while it is away."""
DOUBTS: Final = 3
"""So many looks in a row must find the collection gone or older: one may have asked a copy that
lags behind."""

_log = structlog.get_logger(__name__)


class QdrantWatch:
    """Looks, and tells. ``start`` it, and ``stop`` it once."""

    def __init__(self, link: QdrantLink, dimensions: Mapping[str, int], records: Records) -> None:
        self._link = link
        self._dimensions = dict(dimensions)
        self._records = records
        self._recording = asyncio.Lock()
        """Held while the record is read and replaced."""
        workspaces = sorted(set(link.options.shard_workspaces))
        self._layout = f"{schema.VERSION}:{','.join(workspaces)}"
        self._collection: QdrantCollection | None = None
        """The one that was last found in order; None while it is away."""
        self._settled = ""
        """The name of the collection whose form has been looked at."""
        self._doubts = 0
        self.health = IndexHealth(IndexState.AWAY, 0, "starting", self._dimensions)
        self._changed = asyncio.Event()
        self._doubted = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self, *, anew: bool) -> None:
        """Looks once, then now and then.

        Raises:
            UnfitQdrant: it will not do.
            Unavailable: SQL cannot be asked.
        """
        async with self._recording:
            if anew:
                await self._replace((await self._records.read()).anew())
            await self._take_over()
            try:
                await self._look()
            except IndexAway as away:
                self._lose(str(away))
        self._keeper = asyncio.create_task(self._keep(), name="qdrant-index")
        if self.health.state is IndexState.AWAY:
            # As it was before it was looked at: nobody has been told yet.
            self._log(self.health)

    async def stop(self) -> None:
        """AWAY from now on. Idempotent."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        self._lose("the index is closed")

    # For who uses the collection -------------------------------------------------------------

    def present(self) -> QdrantCollection:
        """
        Raises:
            IndexAway: there is none to be used.
        """
        if self._collection is None:
            raise IndexAway(self.health.detail)
        return self._collection

    async def change(self, seen: IndexHealth) -> IndexHealth:
        """The port's ``health_change``."""
        while (self.health.state, self.health.generation) == (seen.state, seen.generation):
            await self._changed.wait()
        return self.health

    @asynccontextmanager
    async def noticing(self) -> AsyncIterator[None]:
        """Has the index looked at when what is inside finds it away."""
        try:
            yield
        except IndexAway:
            self._doubted.set()
            raise

    def doubt(self, collection: QdrantCollection, detail: str) -> None:
        """It is away until a look has found it in order again, so that nobody else waits."""
        if collection is self._collection:
            self._lose(detail)
            self._doubted.set()

    async def count(self, collection: QdrantCollection, *, exact: bool) -> int:
        """All points but the mark."""
        request = q.CountPoints(
            collection_name=collection.name, exact=exact, read_consistency=collection.consistency
        )
        counted = await self._link.ask(self._link.points.Count, request)
        return max(0, int(counted.result.count) - 1)

    async def recount(self, collection: QdrantCollection) -> None:
        """For ``health``, after a change."""
        points = await self.count(collection, exact=False)
        if collection is self._collection:
            self.health = replace(self.health, points=points)

    async def raise_mark(self, collection: QdrantCollection, *, complete: bool = False) -> None:
        """There first, then in SQL.

        Args:
            complete: everything is in: READY.

        Raises:
            IndexAway: the collection is another one by now, or cannot be asked.
        """
        async with self._recording, self.noticing():
            raised = None
            while raised is None:
                record = await self._records.read()
                if record.generation != collection.name:
                    raise IndexAway("the collection is another one by now")
                await collection.raise_mark(record.mark + 1)
                new = Record(
                    generation=record.generation,
                    complete=record.complete or complete,
                    mark=record.mark + 1,
                    layout=record.layout,
                )
                # Another server that has flushed just now is no trouble.
                if await self._records.replace(new):
                    raised = new
            await self._find(raised, collection, exact=True)

    async def renew(self) -> str:
        """Puts an empty collection in place of this one; gives its name.

        Raises:
            IndexAway: that was not to be had.
        """
        async with self._recording:
            await self._replace((await self._records.read()).anew())
            try:
                await self._look()
            except IndexAway as away:
                self._lose(str(away))
                raise
            return self.health.generation

    # Looking ---------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Looks again and again."""
        pause = SHORTEST_PAUSE
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._doubted.wait()
            self._doubted.clear()
            try:
                async with self._recording:
                    await self._look()
            except (IndexAway, UnfitQdrant) as error:
                self._lose(str(error))
            except ReverieError as error:
                # Without SQL nobody searches; what was known of the index stays.
                _log.warning("qdrant.not_looked", reason=error.reason)
            except Exception:  # noqa: BLE001 - a defect must not end the watch for good; it may pass
                _log.exception("qdrant.not_looked")
                self._lose("the index could not be looked at")
            if self._collection is not None:
                pause = WATCH_SECONDS
            elif pause == WATCH_SECONDS:
                pause = SHORTEST_PAUSE
            else:
                pause = min(LONGEST_PAUSE, 2 * pause)

    async def _look(self) -> None:
        """Finds out what is so, and makes a new collection where one is needed.

        Raises:
            IndexAway: it is not to be had.
            UnfitQdrant: it will not do.
        """
        record = await self._records.read()
        if record.retired or not record.generation:
            record = await self._renewed(record)
        if record.layout != self._layout:
            raise IndexAway("another server has laid the collection out differently")
        collection = QdrantCollection(self._link, record.generation, self._dimensions)
        mark = await collection.mark()
        if mark is None or mark < record.mark:
            self._doubts += 1
            if self._doubts < DOUBTS:
                raise IndexAway("the collection is not what it was")
            _log.warning("qdrant.lost", collection=collection.name, mark=mark, known=record.mark)
            record = await self._renewed(await self._replace(record.anew()))
            collection = QdrantCollection(self._link, record.generation, self._dimensions)
        self._doubts = 0
        if self._settled != collection.name:
            await self._settle(collection)
        await self._find(record, collection, exact=False)

    async def _take_over(self) -> None:
        """A server that lays points out differently than the one before fills a new collection.
        Only at its start: two that differ would not let each other finish."""
        record = await self._records.read()
        if record.generation and record.layout != self._layout:
            await self._replace(record.anew())

    async def _renewed(self, record: Record) -> Record:
        """Drops what is to be dropped; then there is a collection."""
        for name in record.retired:
            await QdrantCollection(self._link, name, self._dimensions).drop()
        if record.generation:
            return await self._replace(_without_retired(record))
        name = f"{self._link.options.collection}-{uuid.uuid4().hex}"
        # Announced first, so that it is found and dropped should this server end in between.
        await self._replace(Record(retired=(name,)))
        await require_version(self._link)
        collection = QdrantCollection(self._link, name, self._dimensions)
        await collection.create()
        try:
            return await self._replace(Record(generation=name, layout=self._layout))
        except IndexAway:
            await collection.drop()
            raise

    async def _settle(self, collection: QdrantCollection) -> None:
        await require_version(self._link)
        await collection.settle()
        self._settled = collection.name

    # The record ------------------------------------------------------------------------------

    async def _replace(self, record: Record) -> Record:
        """
        Raises:
            IndexAway: another server was quicker.
        """
        if not await self._records.replace(record):
            raise IndexAway("another server has changed the index")
        return record

    # The state -------------------------------------------------------------------------------

    async def _find(self, record: Record, collection: QdrantCollection, *, exact: bool) -> None:
        points = await self.count(collection, exact=exact)
        before = self.health
        if self._collection is None or self._collection.name != collection.name:
            self._collection = collection
        state = IndexState.READY if record.complete else IndexState.REBUILDING
        detail = "" if record.complete else "the collection is being filled"
        self.health = IndexHealth(state, points, detail, self._dimensions, collection.name)
        self._tell(before)

    def _lose(self, detail: str) -> None:
        before = self.health
        self._collection = None
        self.health = IndexHealth(IndexState.AWAY, 0, detail, self._dimensions)
        self._tell(before)

    def _log(self, now: IndexHealth) -> None:
        is_lost = now.state is IndexState.AWAY and self._keeper is not None
        log = _log.warning if is_lost else _log.info
        options = self._link.options
        log(
            "qdrant.state",
            state=now.state.value,
            points=now.points,
            detail=now.detail,
            address=f"{options.host}:{options.port}",
        )

    def _tell(self, before: IndexHealth) -> None:
        now = self.health
        if (now.state, now.generation) == (before.state, before.generation):
            return
        self._log(now)
        # Everybody who waits wakes up; who comes later waits for the next change.
        self._changed.set()
        self._changed = asyncio.Event()


def _without_retired(record: Record) -> Record:
    return Record(
        generation=record.generation,
        complete=record.complete,
        mark=record.mark,
        layout=record.layout,
    )


async def require_version(link: QdrantLink) -> str:
    """Gives the version, for people.

    Raises:
        UnfitQdrant: it is too old.
        IndexAway: it does not answer.
    """
    version = await link.version()
    if version < OLDEST_VERSION:
        raise UnfitQdrant(
            f"Qdrant {_dotted(version)} counts words over all users together:"
            f" Reverie needs {_dotted(OLDEST_VERSION)} or later"
        )
    return _dotted(version)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
