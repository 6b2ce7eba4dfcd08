"""What the running server says of itself."""

from __future__ import annotations

import time
from typing import Final

from reverie import Reverie, ReverieError, UnauthenticatedError
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

_OF_THE_SERVER: Final = (
    *("calls", "version", "index", "backlog", "jobs", "embedder", "server clock"),
)


async def find_server(settings: Settings) -> str:
    """Why there is none to ask; empty: it is SERVING."""
    try:
        await check_serving(settings.server_address)
    except NoServer as error:
        return str(error)
    return ""


def check_port(settings: Settings, *, serving: bool) -> Finding:
    """Whether a server of these settings could listen, unless it does so already."""
    from reverie_server.bootstrap import CannotStart  # noqa: PLC0415 - slow
    from reverie_server.bootstrap.listening import require_free_port  # noqa: PLC0415 - slow

    name = "port"
    if serving:
        return Finding.ok(name, "the server listens")
    try:
        require_free_port(settings.host, settings.port)
    except CannotStart as error:
        return Finding.problem(
            name,
            f"{error}; what listens there is no Reverie server that serves",
            f"choose another: reverie serve --port {settings.port + 1}; or find what has it, and"
            f" stop it: ss -ltnp 'sport = :{settings.port}'",
        )
    return Finding.ok(name, f"{settings.port} of {settings.host} is free")


async def check_server(settings: Settings, missing: str) -> list[Finding]:
    """Whether it is there, may be called, and is well.

    Args:
        missing: as ``find_server`` says.
    """
    address = settings.server_address
    if missing:
        return [
            Finding.problem("server", missing, "start it: reverie serve"),
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
                Finding.problem("calls", told(error), _remedy(error)),
                *(Finding.skipped(check, "needs its answers") for check in _OF_THE_SERVER[1:]),
            ]
    return [
        serving,
        Finding.ok("calls", "answered"),
        *judge(stats),
        _embedder(stats, capabilities),
    ]


def judge(stats: GetStatsResponse) -> list[Finding]:
    """What the server's own statistics tell."""
    return [_version(stats), _index(stats), _backlog(stats), _jobs(stats), _clock(stats)]


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


def _jobs(stats: GetStatsResponse) -> Finding:
    failed = stats.jobs.get("failed", 0)
    if not failed:
        return Finding.ok("jobs", "none has failed")
    return Finding.problem(
        "jobs",
        f"{failed:,} of this workspace have failed: what they were to make is missing",
        "see why in the server's log (`job failed`), mend that, and have each tried again with"
        " RetryJob; ListJobs with the state FAILED lists a pair's",
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


def _remedy(error: ReverieError) -> str:
    if isinstance(error, UnauthenticatedError):
        return "set REVERIE_API_KEY, or --api-key, to a key of that server"
    return "see the server's log"
