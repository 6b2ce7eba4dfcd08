"""What the rooms stand on: database, embedder, index. With ``databases.py`` and ``indexes.py``
the only one to name concrete adapters.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from reverie_server.bootstrap.databases import Hints, open_database
from reverie_server.bootstrap.errors import CannotStart
from reverie_server.bootstrap.indexes import open_index
from reverie_server.clock import Clock, new_id
from reverie_server.embedding.client_vectors import ClientVectors
from reverie_server.embedding.embedder import Embedder
from reverie_server.embedding.openai import OpenAIEmbedder
from reverie_server.embedding.static import StaticEmbedder, StaticTokenTable
from reverie_server.governance.operations.ports import CompactableStorage
from reverie_server.index.indexer import Indexer
from reverie_server.index.memories import delete_all_vectors
from reverie_server.index.memory_index import MemoryIndex
from reverie_server.index.partitions import LeasedPartitions
from reverie_server.language.extraction.embedded import EmbeddedFactExtractor
from reverie_server.language.extractive import ExtractiveSummarizer
from reverie_server.language.extractor_choice import ExtractorChoice, ListedWorkspaces
from reverie_server.language.openai_facts import OpenAIFactExtractor
from reverie_server.language.summarizer import Summarizer
from reverie_server.observability.meter import NO_METER, Meter
from reverie_server.settings import Settings
from reverie_server.storage import deployment
from reverie_server.storage.database import Database, Transaction
from reverie_server.storage.standing import Standing


@dataclass(frozen=True, slots=True)
class Floors:
    """Adapters behind ports, open."""

    clock: Clock
    database: CompactableStorage
    index: MemoryIndex
    indexer: Indexer
    embedder: Embedder
    tokens: StaticTokenTable
    summarizer: Summarizer
    extractors: ExtractorChoice
    standing: Standing
    hints: Hints
    server_id: str
    """Names this process among those on its database."""
    partitions: LeasedPartitions | None
    """What the indexer works for, if not for everybody."""


@asynccontextmanager
async def open_floors(
    settings: Settings, clock: Clock, meter: Meter = NO_METER
) -> AsyncIterator[Floors]:
    """Opens database, embedder and index; closes them in reverse, the index cleanly flushed.

    Raises:
        CannotStart: the data folder is in use, of another schema or of another embedder.
    """
    async with AsyncExitStack() as stack:
        # The matrices are small: more threads would only wait for each other.
        stack.enter_context(threadpool_limits(limits=1, user_api="blas"))
        loading = asyncio.create_task(asyncio.to_thread(StaticTokenTable.load))
        try:
            opened = await stack.enter_async_context(open_database(settings, meter))
        finally:
            tokens = await loading
        database, server_id = opened.database, new_id()
        embedder = await _open_embedder(settings, tokens, stack)
        await _settle_embedder(database, embedder, accept=settings.reindex)
        index = await open_index(settings, database, embedder)
        stack.push_async_callback(index.close)
        partitions = None
        if opened.standing.shared:
            partitions = LeasedPartitions(database, server_id, lease_seconds=settings.lease_seconds)
        indexer = Indexer(database, index, embedder, partitions)
        opened.hints(indexer.wake)
        summarizer = ExtractiveSummarizer(tokens)
        yield Floors(
            clock,
            database,
            index,
            indexer,
            embedder,
            tokens,
            summarizer,
            _open_extractors(settings, stack),
            opened.standing,
            opened.hints,
            server_id,
            partitions,
        )


async def embedder_identity(settings: Settings) -> str:
    """``name/dimension`` of the embedder that the settings choose.

    Raises:
        CannotStart: the `openai` extra is not installed.
    """
    async with AsyncExitStack() as stack:
        tokens = await asyncio.to_thread(StaticTokenTable.load)
        embedder = await _open_embedder(settings, tokens, stack)
        return f"{embedder.name}/{embedder.dimension}"


async def _open_embedder(
    settings: Settings, tokens: StaticTokenTable, stack: AsyncExitStack
) -> Embedder:
    """
    Raises:
        CannotStart: the `openai` extra is not installed.
    """
    dimension, model = settings.embedder_dimension or 0, settings.embedder_model or ""
    if settings.embedder == "client":
        return ClientVectors(dimension, model)
    if settings.embedder == "static":
        return StaticEmbedder(tokens)
    key = settings.embedder_key
    try:
        embedder = OpenAIEmbedder(
            base_url=settings.embedder_url or "",
            api_key=key.get_secret_value() if key else "",
            model=model,
            dimension=dimension,
        )
    except ImportError as error:
        raise CannotStart("the openai embedder needs a package: pip install openai") from error
    stack.push_async_callback(embedder.close)
    return embedder


def _open_extractors(settings: Settings, stack: AsyncExitStack) -> ExtractorChoice:
    """
    Raises:
        CannotStart: the `openai` extra is not installed.
    """
    endpoint = openai_extractor(settings)
    if endpoint is not None:
        stack.push_async_callback(endpoint.close)
    permission = ListedWorkspaces(settings.extractor_workspaces)
    return ExtractorChoice(EmbeddedFactExtractor(), endpoint, permission)


def openai_extractor(settings: Settings) -> OpenAIFactExtractor | None:
    """The one that the settings choose, to be closed by the caller; None: they choose another.

    Raises:
        CannotStart: the `openai` extra is not installed.
    """
    if settings.extractor != "openai":
        return None
    key = settings.extractor_key
    try:
        return OpenAIFactExtractor(
            base_url=settings.extractor_url or "",
            api_key=key.get_secret_value() if key else "",
            model=settings.extractor_model or "",
            timeout_seconds=settings.extractor_timeout_seconds,
            max_retries=settings.extractor_retries,
        )
    except ImportError as error:
        raise CannotStart("the openai extractor needs a package: pip install openai") from error


async def _settle_embedder(database: Database, embedder: Embedder, *, accept: bool) -> None:
    """Makes sure that the stored vectors are the embedder's, or forgets them if told to."""
    recorded = await deployment.recorded_embedder(database, embedder.name, embedder.dimension)
    configured = f"{embedder.name}/{embedder.dimension}"
    if recorded != configured and not accept:
        raise CannotStart(
            f"the stored vectors are of {recorded}, but the embedder is {configured};"
            " start once with `reverie serve --reindex`, which computes every vector anew"
        )

    async def forget(tx: Transaction) -> None:
        await delete_all_vectors(tx)
        await deployment.record_embedder(tx, embedder.name, embedder.dimension)

    if accept:
        await database.transaction(forget)
