"""The Qdrant of a test: a real one when ``REVERIE_TEST_QDRANT_URL`` names one, else the double."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from qdrant_client import grpc as q

from reverie_server.index.qdrant_link import QdrantLink
from reverie_server.index.qdrant_options import QdrantOptions
from tests.qdrant_double.server import QdrantDouble

REAL: Final = os.environ.get("REVERIE_TEST_QDRANT_URL", "")
"""Of its gRPC port. What the tests make there they drop at the end."""
RUN: Final = f"rvtest{uuid.uuid4().hex[:8]}"
"""Begins the names of this run's collections."""


def options_of(url: str, name: str, **more: Any) -> QdrantOptions:
    """For an index of its own, in collections that are named after ``name``."""
    address = urlsplit(url)
    more.setdefault("collection", f"{RUN}-{name}")
    return QdrantOptions(address.hostname or "", address.port or 6334, **more)


@asynccontextmanager
async def a_qdrant() -> AsyncIterator[str]:
    """The URL of one, on this loop if it is the double."""
    if REAL:
        yield REAL
        await drop_collections(REAL)
        return
    double = QdrantDouble()
    await double.start()
    yield double.url
    await double.stop()


async def drop_collections(url: str) -> None:
    """Those of this run."""
    link = QdrantLink(options_of(url, ""))
    there = await link.write(link.collections.List, q.ListCollectionsRequest())
    for each in there.collections:
        if each.name.startswith(RUN):
            request = q.DeleteCollection(collection_name=each.name)
            await link.write(link.collections.Delete, request)
    await link.close()
