"""Looking at a shared index without being one of its servers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from reverie_server.index.qdrant_collection import QdrantCollection
from reverie_server.index.qdrant_link import CollectionGone, QdrantLink
from reverie_server.index.qdrant_options import QdrantOptions
from reverie_server.index.qdrant_record import Record
from reverie_server.index.qdrant_watch import require_version


async def inspect_qdrant(
    options: QdrantOptions, dimensions: Mapping[str, int], record: bytes | None
) -> str:
    """What there is, for people.

    Args:
        dimensions: of each dense vector; empty: they are not known yet.
        record: what SQL remembers of the collection; None: nothing yet.

    Raises:
        UnfitQdrant: it is too old, or has vectors of another dimension.
        IndexAway: it does not answer.
    """
    link = QdrantLink(options)
    try:
        found = f"Qdrant {await require_version(link)} at {options.host}:{options.port}"
        known = Record() if record is None else msgspec.json.decode(record, type=Record)
        if not known.generation or not dimensions:
            return f"{found}; the next server fills a new collection"
        try:
            await QdrantCollection(link, known.generation, dimensions).examine()
        except CollectionGone:
            return f"{found}; its collection is gone, and a server fills a new one by itself"
        return f"{found}, collection {known.generation}"
    finally:
        await link.close()
