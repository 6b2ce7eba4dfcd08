"""Which index the server searches: Qdrant Edge in its folder, or a Qdrant that servers share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from reverie_server.bootstrap.errors import CannotStart
from reverie_server.embedding.embedder import Embedder
from reverie_server.errors import Unavailable
from reverie_server.index import qdrant_record
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.memory_index import IndexAway, MemoryIndex
from reverie_server.index.qdrant_options import DEFAULT_PORT, QdrantOptions
from reverie_server.index.schema import DENSE_NAMES
from reverie_server.settings import Settings
from reverie_server.storage import deployment
from reverie_server.storage.database import Database, Transaction


async def open_index(settings: Settings, database: Database, embedder: Embedder) -> MemoryIndex:
    """The index of the settings, to be closed by the caller.

    Raises:
        CannotStart: it cannot be used. (A Qdrant that is away is waited for.)
    """
    dimensions = dict.fromkeys(DENSE_NAMES, embedder.dimension)
    options = qdrant_options(settings)
    if options is not None:
        return await _open_qdrant(options, database, dimensions, anew=settings.reindex)
    stamps = deployment.IndexStamps(database)
    if settings.reindex:
        await stamps.take()
    try:
        return await EdgeIndex.open(settings.data_folder / "index", dimensions, stamps)
    except IndexAway as error:
        raise CannotStart(f"the index's process does not come up: {error}") from error


async def forget_indexes(tx: Transaction, *, taken_over: bool) -> None:
    """For ``storage/postgres_fleet.py``: what one side has done, the other side's index misses."""
    if taken_over:
        await deployment.forget_stamp(tx)
    change = partial(qdrant_record.incomplete, always=taken_over)
    await deployment.change_shared_index(tx, change)


def qdrant_options(settings: Settings) -> QdrantOptions | None:
    """How Qdrant is reached; None when the settings name none."""
    if settings.qdrant_url is None:
        return None
    url = urlsplit(settings.qdrant_url)
    key = settings.qdrant_api_key
    return QdrantOptions(
        host=url.hostname or "",
        port=url.port or DEFAULT_PORT,
        tls=url.scheme == "https",
        api_key=key.get_secret_value() if key else "",
        collection=settings.qdrant_collection,
        search_seconds=settings.qdrant_search_seconds,
        write_seconds=settings.qdrant_write_seconds,
        shards=settings.qdrant_shards,
        replicas=settings.qdrant_replicas,
        write_replicas=settings.qdrant_write_replicas,
        write_ordering=settings.qdrant_write_ordering,
        read_consistency=settings.qdrant_read_consistency,
        shard_workspaces=settings.qdrant_shard_workspaces,
    )


async def _open_qdrant(
    options: QdrantOptions, database: Database, dimensions: Mapping[str, int], *, anew: bool
) -> MemoryIndex:
    # Imported here: a second and more that a server with an index of its own does not spend.
    from reverie_server.index.qdrant import QdrantIndex  # noqa: PLC0415
    from reverie_server.index.qdrant_collection import UnfitQdrant  # noqa: PLC0415

    record = deployment.SharedIndexRecord(database)
    try:
        return await QdrantIndex.open(options, dimensions, record, anew=anew)
    except UnfitQdrant as error:
        raise CannotStart(str(error)) from error
    except Unavailable as error:
        raise CannotStart(f"{error}; `reverie doctor` says what can be done") from error
