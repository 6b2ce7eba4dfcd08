"""What the running server says of itself."""

from __future__ import annotations

import time
from typing import Final

from reverie import Reverie, ReverieError
from reverie.v1.operations_service_pb2 import GetStatsRequest, GetStatsResponse
from reverie.v1.recall_service_pb2 import GetCapabilitiesRequest, GetCapabilitiesResponse
from reverie.version import __version__
from reverie_server.cli.connection import NoServer, check_serving, told
from reverie_server.cli.findings import Finding
from reverie_server.cli.local_checks import CLOCK_TOLERANCE_SECONDS
from reverie_server.settings import Settings

LARGE_BACKLOG: Final = 10_000
"""Changes that the index has not seen; it takes thousands a second."""
CALL_SECONDS: Final = 5.0

_OF_THE_SERVER: Final = ("calls", "version", "index", "backlog", "embedder", "server clock")


async def check_server(settings: Settings) -> list[Finding]:
    """Whether it is there, may be called, and is well. The embedder needs no comparison here: a
    server whose stored vectors are of another one does not start."""
    address = settings.server_address
    try:
        await check_serving(address)
    except NoServer as error:
        return [
            Finding.problem("server", str(error), "start it with `reverie serve`"),
            *(Finding.skipped(check, "needs the server") for check in _OF_THE_SERVER),
        ]
    serving = Finding.ok("server", f"SERVING at {address}")
    async with Reverie(address, api_key=settings.client_key, timeout=CALL_SECONDS) as reverie:
        try:
            stats = await reverie.operations.GetStats(GetStatsRequest())
            capabilities = await reverie.memories.GetCapabilities(GetCapabilitiesRequest())
        except ReverieError as error:
            return [
                serving,
                Finding.problem("calls", told(error), "see the server's log"),
                *(Finding.skipped(check, "needs its answers") for check in _OF_THE_SERVER[1:]),
            ]
    return [
        serving,
        Finding.ok("calls", "answered"),
        _version(stats),
        _index(stats),
        _backlog(stats),
        _embedder(stats, capabilities),
        _clock(stats),
    ]


def _version(stats: GetStatsResponse) -> Finding:
    if stats.version == __version__:
        return Finding.ok("version", stats.version)
    return Finding.problem(
        "version",
        f"the server is {stats.version} and this command is {__version__}",
        "restart the server, or install the same release here",
    )


def _index(stats: GetStatsResponse) -> Finding:
    points = f"{stats.index_points:,} points"
    if stats.index_state == "ready":
        return Finding.ok("index", f"ready, {points}")
    if stats.index_state == "rebuilding":
        return Finding.problem(
            "index",
            f"rebuilding, {points} so far; answers are complete but slower",
            "wait for it to finish; `reverie stats` shows how far it is",
        )
    return Finding.problem(
        "index",
        "away; answers are complete but slower",
        "it comes back by itself; when it does not, the server's log says why",
    )


def _backlog(stats: GetStatsResponse) -> Finding:
    waiting = f"{stats.index_backlog:,} changes wait for the index"
    if stats.index_backlog <= LARGE_BACKLOG:
        return Finding.ok("backlog", waiting)
    return Finding.problem(
        "backlog", waiting, "wait; when it does not shrink, look for `indexing waits` in the log"
    )


def _embedder(stats: GetStatsResponse, capabilities: GetCapabilitiesResponse) -> Finding:
    return Finding.ok(
        "embedder",
        f"{stats.embedder}, {capabilities.embedding_dimension} dimensions, as the stored vectors",
    )


def _clock(stats: GetStatsResponse) -> Finding:
    ahead = stats.start_time.ToMilliseconds() / 1_000 - time.time()
    if ahead <= CLOCK_TOLERANCE_SECONDS:
        return Finding.ok("server clock", "not ahead of this machine's")
    return Finding.problem(
        "server clock",
        f"it started {ahead:.0f} s in this machine's future",
        "set the clocks of both machines",
    )
