"""A running server, from its settings to its last breath."""

from __future__ import annotations

import asyncio
import gc
from contextlib import AsyncExitStack
from functools import partial
from importlib import metadata

from reverie_server.bootstrap.background import Work, running, running_on_duty
from reverie_server.bootstrap.errors import CannotStart
from reverie_server.bootstrap.floors import open_floors
from reverie_server.bootstrap.listening import require_free_port
from reverie_server.bootstrap.metrics import serve_metrics
from reverie_server.bootstrap.readings import Readings
from reverie_server.bootstrap.rooms import build_rooms
from reverie_server.bootstrap.tracing import open_tracer
from reverie_server.clock import Clock, SystemClock
from reverie_server.observability.meter import NO_METER
from reverie_server.observability.prometheus import PrometheusMeter
from reverie_server.observability.stalls import probe_stalls
from reverie_server.rpc.interceptors.authentication import Authenticator
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import RpcServer, ServerOptions
from reverie_server.scope import current_workspace, work_for_every_workspace
from reverie_server.settings import Settings
from reverie_server.storage import deployment, reachability
from reverie_server.storage.database import Database
from reverie_server.storage.folder_lock import note_address
from reverie_server.storage.leases import LEASES_LEVEL
from reverie_server.storage.standing import Standing

PERMISSIONS = frozenset(
    {"memory.read", "memory.write", "memory.delete", "memory.admin", "memory.export"}
)
"""What every caller may do."""
COMPARE_PERMISSION = "memory.compare"
BUSY = 8
"""Calls inside, from which on background work gives way."""
YOUNG_OBJECTS = 10_000
"""So many new ones before the garbage collector looks through them: at its usual 700 it does so
every few calls, and nearly all of them are gone by themselves soon after."""


class Application:
    """Made by ``start``; ``stop`` it once."""

    def __init__(
        self,
        settings: Settings,
        rpc: RpcServer,
        port: int,
        metrics_address: str | None,
        stack: AsyncExitStack,
    ) -> None:
        self._settings = settings
        self._rpc = rpc
        self._stack = stack
        self.address = settings.at(port)
        """Where it is served, ``host:port``."""
        self.metrics_address = metrics_address
        """Where its metrics are served; None: nowhere."""

    @classmethod
    async def start(cls, settings: Settings, clock: Clock | None = None) -> Application:
        """Returns when the server is SERVING.

        Raises:
            CannotStart: in one sentence, why not.
        """
        if settings.workers == 1:  # several share it
            await asyncio.to_thread(require_free_port, settings.host, settings.port)
        async with AsyncExitStack() as stack:
            meter = PrometheusMeter() if settings.metrics else None
            floors = await stack.enter_async_context(
                open_floors(settings, clock or SystemClock(), meter or NO_METER)
            )
            page_tokens = PageTokens(await deployment.page_token_key(floors.database))
            version = metadata.version("reverie-server")
            rooms = build_rooms(floors, settings, page_tokens, version)
            await rooms.before_serving()
            for name, work in rooms.tasks.items():
                leased = partial(_with_leases, floors.database, work)
                await stack.enter_async_context(running_on_duty(leased, name, floors.standing))
            rpc = RpcServer(
                ServerOptions(
                    address=settings.at(settings.port),
                    max_in_flight=settings.max_in_flight,
                    reuse_port=settings.workers > 1,
                    reflection=settings.reflection,
                ),
                _authenticator(settings),
                floors.clock,
                rooms.servicers,
                meter=meter,
                tracer=open_tracer(settings, version, stack),
            )
            metrics_address = None
            if meter is not None:
                await stack.enter_async_context(
                    running(partial(probe_stalls, meter), "event loop probe")
                )
                readings = Readings(floors, rooms.caches, lambda: rpc.in_flight, version)
                metrics_address = await serve_metrics(settings, meter, readings.read_all, stack)
            floors.indexer.give_way(lambda: rpc.in_flight >= BUSY)
            # What it starts has to say for each call whose it is.
            ours = current_workspace.set(None)
            try:
                port = await rpc.start()
            except OSError as error:
                raise CannotStart(str(error)) from error
            finally:
                current_workspace.reset(ours)
            # What is there now stays: a full collection would look at all of it again and again,
            # and stop the loop for some 80 ms each time.
            gc.collect()
            gc.freeze()
            gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
            await rpc.health.serving()
            if not settings.index_is_shared:
                await asyncio.to_thread(note_address, settings.data_folder, settings.near(port))
            if not floors.database.sole_writer:
                # It is a server of its own, which may be away.
                await stack.enter_async_context(
                    running(
                        lambda: reachability.follow(floors.database, rpc.health.ready), "readiness"
                    )
                )
            await stack.enter_async_context(
                running(partial(_tell_loss, floors.standing, rpc), "loss of the database")
            )
            kept = stack.pop_all()
        return cls(settings, rpc, port, metrics_address, kept)

    async def stop(self) -> None:
        """Lets calls in flight finish, then stops what runs behind them and closes everything."""
        work_for_every_workspace()
        await self._rpc.drain(self._settings.drain_seconds)
        await self._stack.aclose()


async def _with_leases(database: Database, work: Work) -> None:
    """Jobs and chores are leased, for which an older schema has no place."""
    await database.schema.reached(LEASES_LEVEL)
    await work()


async def _tell_loss(standing: Standing, rpc: RpcServer) -> None:
    """Nobody shall call a server that another one has taken over from."""
    while not standing.lost:
        await standing.ends()
        if not standing.lost:
            await standing.begins()
    await rpc.health.lost()
    await asyncio.Event().wait()


def _authenticator(settings: Settings) -> Authenticator:
    permissions = PERMISSIONS
    if settings.compare_personas:
        permissions |= {COMPARE_PERMISSION}
    return Authenticator(
        {secret.get_secret_value(): name for name, secret in settings.api_keys.items()},
        permissions=permissions,
        workspace_choice=settings.on_loopback,
    )
