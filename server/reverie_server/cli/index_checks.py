"""Whether the index that servers share can be used."""

from __future__ import annotations

from reverie_server.cli.findings import Finding
from reverie_server.settings import Settings


async def check_qdrant(settings: Settings, embedder: str, record: bytes | None) -> Finding:
    """
    Args:
        embedder: ``name/dimension`` of the stored vectors; empty: there are none.
        record: what the database remembers of the collection.
    """
    name = "shared index"
    # Imported here: a second and more that the other checks do not need.
    from reverie_server.bootstrap.indexes import qdrant_options  # noqa: PLC0415 - slow

    options = qdrant_options(settings)
    if options is None:
        return Finding.ok(name, "none: the index is in the data folder")
    from reverie_server.index.memory_index import IndexAway  # noqa: PLC0415
    from reverie_server.index.qdrant_collection import UnfitQdrant  # noqa: PLC0415
    from reverie_server.index.qdrant_inspection import inspect_qdrant  # noqa: PLC0415
    from reverie_server.index.schema import DENSE_NAMES  # noqa: PLC0415

    dimension = embedder.rpartition("/")[2]
    sizes = dict.fromkeys(DENSE_NAMES, int(dimension)) if dimension else {}
    try:
        return Finding.ok(name, await inspect_qdrant(options, sizes, record))
    except UnfitQdrant as error:
        return Finding.problem(
            name,
            f"{options.host}:{options.port}: {error}",
            "fill a new collection, once: reverie serve --reindex; where it is too old, install a"
            " newer Qdrant",
        )
    except IndexAway as error:
        return Finding.problem(
            name,
            f"{error} ({options.host}:{options.port}): answers come from the database, complete but"
            " slower, and the index falls behind",
            "start Qdrant, or correct REVERIE_QDRANT_URL (its gRPC port, usually 6334) and"
            " REVERIE_QDRANT_API_KEY",
        )
