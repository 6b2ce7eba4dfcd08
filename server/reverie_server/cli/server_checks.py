"""What the running server says of itself."""

from __future__ import annotations

import time
from typing import Final

from reverie import Reverie, ReverieError, UnauthenticatedError
from reverie.address import FORM
from reverie.v1.operations_service_pb2 import GetStatsRequest, GetStatsResponse
from reverie.v1.recall_service_pb2 import GetCapabilitiesRequest, GetCapabilitiesResponse
from reverie.version import __version__
from reverie_server.cli.connection import told
from reverie_server.cli.counted import counted
from reverie_server.cli.findings import Finding
from reverie_server.cli.local_checks import CLOCK_TOLERANCE_SECONDS
from reverie_server.cli.servers import Servers
from reverie_server.settings import Settings

LARGE_BACKLOG: Final = 10_000
"""Changes that the index has not seen; it takes thousands a second."""
CALL_SECONDS: Final = 5.0

_OF_THE_SERVER: Final = (
    *("calls", "version", "index", "backlog", "jobs", "embedder", "server clock"),
)


def check_port(settings: Settings, servers: Servers) -> Finding:
    """Whether a server of these settings could listen, unless it does so already."""
    from reverie_server.bootstrap import CannotStart  # noqa: PLC0415 - slow
    from reverie_server.bootstrap.listening import require_free_port  # noqa: PLC0415 - slow

    name = "port"
    if servers.answer(servers.own):
        others = servers.have_the_data(servers.own) is False
        which = " that does not have this data folder" if others else ""
        return Finding.ok(name, f"a server{which} listens at {servers.own}")
    try:
        require_free_port(settings.host, settings.port)
    except CannotStart as error:
        return Finding.problem(
            name,
            f"{error}; what listens there is no Reverie server that serves",
            f"see what it is (ss -ltnp 'sport = :{settings.port}'), or choose another port:"
            f" reverie serve --port {settings.port + 1}",
        )
    return Finding.ok(name, f"{settings.port} of {settings.host} is free")


async def check_server(settings: Settings, servers: Servers) -> list[Finding]:
    """Whether the one that is asked is there, may be called, and is well."""
    address = servers.asked
    if missing := servers.silence[address]:
        return [
            Finding.problem("server", missing, _way_to_it(servers)),
            *(Finding.skipped(check, "needs the server") for check in _OF_THE_SERVER),
        ]
    data = {
        True: ", with this data folder",
        False: ", with other data than this data folder's",
        None: "",
    }[servers.have_the_data(address)]
    serving = Finding.ok("server", f"SERVING at {address}{data}")
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
    points = counted(stats.index_points, "point")
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
    waiting = f"{counted(stats.index_backlog, 'change')} waiting for the index"
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
        f"failed, of this workspace: {failed:,}; what they were to make is missing",
        "see why in the server's log (`job failed`), mend that, and have each tried again with"
        " RetryJob; ListJobs with the state FAILED lists a pair's",
    )


def _embedder(stats: GetStatsResponse, capabilities: GetCapabilitiesResponse) -> Finding:
    return Finding.ok(
        "embedder",
        f"{stats.embedder}, {capabilities.embedding_dimension} dimensions, as its stored vectors",
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


def _way_to_it(servers: Servers) -> str:
    there = servers.whereabouts
    if servers.named:
        correct = f"correct the address ({FORM}; --address, or REVERIE_ADDRESS)"
        if there:
            return f"{correct}, or leave it out: {_described(servers, there)}"
        return f"{correct}, or start a server there: reverie serve"
    if there:
        return f"name it with --address {there}: {_described(servers, there)}"
    return "start it: reverie serve"


def _described(servers: Servers, address: str) -> str:
    which = "of this data folder" if servers.have_the_data(address) else "of these settings"
    return f"the server {which} answers at {address}"


def _remedy(error: ReverieError) -> str:
    if isinstance(error, UnauthenticatedError):
        return "set REVERIE_API_KEY, or --api-key, to a key of that server"
    return "see the server's log"
