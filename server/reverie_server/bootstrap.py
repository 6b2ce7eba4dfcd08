"""The composition root: the only file that names concrete adapters and ties rooms together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from reverie.v1 import persona_service_pb2_grpc as persona_grpc
from reverie.v1 import relationship_service_pb2_grpc as relationship_grpc
from reverie.v1 import user_service_pb2_grpc as user_grpc
from reverie_server.clock import Clock, SystemClock
from reverie_server.embedding.embedder import Embedder
from reverie_server.embedding.static import StaticEmbedder, StaticTokenTable
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.personas.servicer import PersonaServicer
from reverie_server.identity.presence import Presence
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.relationships.servicer import RelationshipServicer
from reverie_server.identity.users.service import UserService
from reverie_server.identity.users.servicer import UserServicer
from reverie_server.index.edge import EdgeIndex
from reverie_server.index.indexer import Indexer
from reverie_server.index.memory_index import IndexAway, MemoryIndex
from reverie_server.index.schema import DENSE_NAMES
from reverie_server.rpc.interceptors.authentication import Authenticator
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import RpcServer, ServerOptions, Servicer
from reverie_server.settings import Settings
from reverie_server.storage import deployment
from reverie_server.storage.folder_lock import DataFolderInUse
from reverie_server.storage.schema import SchemaMismatch
from reverie_server.storage.sqlite import SqliteDatabase

log = structlog.get_logger(__name__)

PERMISSIONS = frozenset({"memory.read", "memory.write", "memory.delete", "memory.admin"})
COMPARE_PERMISSION = "memory.compare"


class CannotStart(Exception):
    """Why the server does not come up, in one sentence for its operator."""


@dataclass(frozen=True, slots=True)
class Floors:
    """What the rooms stand on: adapters behind ports, open."""

    clock: Clock
    database: SqliteDatabase
    index: MemoryIndex
    indexer: Indexer
    embedder: Embedder
    tokens: StaticTokenTable


@asynccontextmanager
async def open_floors(settings: Settings, clock: Clock) -> AsyncIterator[Floors]:
    """Opens database, embedder and index; closes them in reverse, the index cleanly flushed.

    Raises:
        CannotStart: the data folder is in use, of another schema or of another embedder.
    """
    async with AsyncExitStack() as stack:
        loading = asyncio.create_task(asyncio.to_thread(StaticTokenTable.load))
        try:
            database = await SqliteDatabase.open(settings.data_folder)
        except (DataFolderInUse, SchemaMismatch, OSError) as error:
            raise CannotStart(str(error)) from error
        finally:
            tokens = await loading
        stack.push_async_callback(database.close)
        embedder = StaticEmbedder(tokens)
        await _check_embedder(database, embedder)
        try:
            index = await EdgeIndex.open(
                settings.data_folder / "index",
                dict.fromkeys(DENSE_NAMES, embedder.dimension),
                deployment.IndexStamps(database),
            )
        except IndexAway as error:
            raise CannotStart(f"the index's process does not come up: {error}") from error
        stack.push_async_callback(index.close)
        indexer = Indexer(database, index, embedder)
        yield Floors(clock, database, index, indexer, embedder, tokens)


async def _check_embedder(database: SqliteDatabase, embedder: Embedder) -> None:
    recorded = await deployment.recorded_embedder(database, embedder.name, embedder.dimension)
    configured = f"{embedder.name}/{embedder.dimension}"
    if recorded != configured:
        raise CannotStart(
            f"the stored vectors are of {recorded}, but the configured embedder is {configured};"
            " configure the former, or start with --accept-embedder and run `reverie reindex"
            " --recompute-embeddings`"
        )


def build_rooms(floors: Floors, page_tokens: PageTokens) -> Mapping[str, Servicer]:
    """Ties the rooms together; gives their servicers by full service name."""
    database, clock = floors.database, floors.clock
    workspaces = Workspaces(database, clock)
    users = UserService(database, clock, workspaces)
    personas = PersonaService(database, clock, workspaces)
    relationships = RelationshipService(database, clock, users, personas)
    Presence(workspaces, personas, relationships)
    servicers = (
        Servicer(
            "reverie.v1.UserService",
            user_grpc.add_UserServiceServicer_to_server,
            UserServicer(users, page_tokens),
        ),
        Servicer(
            "reverie.v1.PersonaService",
            persona_grpc.add_PersonaServiceServicer_to_server,
            PersonaServicer(personas, page_tokens),
        ),
        Servicer(
            "reverie.v1.RelationshipService",
            relationship_grpc.add_RelationshipServiceServicer_to_server,
            RelationshipServicer(relationships),
        ),
    )
    return {servicer.name: servicer for servicer in servicers}


class Application:
    """A running server. Made by ``start``; ``stop`` it once."""

    def __init__(
        self, settings: Settings, rpc: RpcServer, port: int, stack: AsyncExitStack
    ) -> None:
        self._settings = settings
        self._rpc = rpc
        self._stack = stack
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.address = f"{host}:{port}"
        """Where it is served, ``host:port``."""

    @classmethod
    async def start(cls, settings: Settings, clock: Clock | None = None) -> Application:
        """Returns when the server is SERVING.

        Raises:
            CannotStart: in one sentence, why not.
        """
        async with AsyncExitStack() as stack:
            floors = await stack.enter_async_context(open_floors(settings, clock or SystemClock()))
            stack.push_async_callback(floors.indexer.settle)
            await stack.enter_async_context(_running(floors.indexer.run(), "indexer"))
            page_tokens = PageTokens(await deployment.page_token_key(floors.database))
            rpc = RpcServer(
                ServerOptions(
                    address=f"{settings.host}:{settings.port}",
                    max_in_flight=settings.max_in_flight,
                    reflection=settings.reflection,
                ),
                _authenticator(settings),
                floors.clock,
                build_rooms(floors, page_tokens),
            )
            try:
                port = await rpc.start()
            except OSError as error:
                raise CannotStart(str(error)) from error
            await rpc.health.serving()
            return cls(settings, rpc, port, stack.pop_all())
        raise AssertionError("unreachable")

    async def stop(self) -> None:
        """Lets calls in flight finish, then stops what runs behind them and closes everything."""
        await self._rpc.drain(self._settings.drain_seconds)
        await self._stack.aclose()


def _authenticator(settings: Settings) -> Authenticator:
    permissions = PERMISSIONS
    if settings.compare_personas:
        permissions |= {COMPARE_PERMISSION}
    return Authenticator(
        {secret.get_secret_value(): name for name, secret in settings.api_keys.items()},
        permissions=permissions,
        workspace_choice=settings.on_loopback,
    )


@asynccontextmanager
async def _running(work: Coroutine[None, None, None], name: str) -> AsyncIterator[None]:
    """Runs a background task for as long as the context is open."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
