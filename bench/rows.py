"""The rows of `bench.speed`: what each measures, and against which aim it is held."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from bench.callers import IN_FLIGHT
from bench.child import Cores, run, serving
from bench.child import reverie as product
from bench.filling import Filling, fill
from bench.settled import settled
from reverie import Reverie

PAIRS = 7
APPEND_SECONDS = 2.0
RECALL_CALLS = 200
PROMPT_CALLS = 200
MEMORIES_CALLS = 200
RESTARTS = 3
IDLE_SECONDS = 3.0

HUNDRED_THOUSAND = Filling(users=100, sessions_per_user=10, entries_per_session=100)
TWENTY_THOUSAND = Filling(users=20, sessions_per_user=10, entries_per_session=100)
MEMORIES_OF_A_USER = HUNDRED_THOUSAND.entries // HUNDRED_THOUSAND.users


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    work: str
    measured: str
    ratio: float | None
    """To the bare echo, or None where there is no echo to compare with."""
    aim: str
    """Empty where none was set: then nothing is held against it."""
    met: bool
    figures: Mapping[str, Any]
    """Everything that was measured, for the JSON line."""


async def _beside_the_echo(
    load: str, folder: Path, cores: Cores, *numbers: float
) -> dict[str, Any]:
    """What a load generator gives of an echo and a server over an empty folder."""
    async with AsyncExitStack() as stack:
        echo = await stack.enter_async_context(serving(["bench.echo_server"], cores.server))
        server = await stack.enter_async_context(serving(product(folder), cores.server))
        command = [load, echo.address, server.address, *map(str, numbers)]
        figures: dict[str, Any] = json.loads(await run(command, cores.generator))
    return figures


async def append(folder: Path, cores: Cores) -> Row:
    """Durable appends against the echo, calls per second."""
    figures = await _beside_the_echo("bench.append_load", folder, cores, PAIRS, APPEND_SECONDS)
    pairs = zip(figures["server_per_s"], figures["echo_per_s"], strict=True)
    ratio = median(ours / bare for ours, bare in pairs)
    ours, bare = median(figures["server_per_s"]), median(figures["echo_per_s"])
    return Row(
        work=f"AppendEntries, one entry, durable, {IN_FLIGHT} in flight",
        measured=f"{ours:.0f}/s, echo {bare:.0f}/s; p50 {figures['server_p50_ms']:.1f} ms, "
        f"p99 {figures['server_p99_ms']:.1f} ms",
        ratio=ratio,
        aim=">= 0.5 x echo",
        met=ratio >= 0.5,
        figures={**figures, "ratio": ratio},
    )


async def facts(folder: Path, cores: Cores) -> Row:
    """Durable facts against the echo, calls per second."""
    figures = await _beside_the_echo("bench.facts_load", folder, cores, PAIRS, APPEND_SECONDS)
    pairs = zip(figures["server_per_s"], figures["echo_per_s"], strict=True)
    ratio = median(ours / bare for ours, bare in pairs)
    ours, bare = median(figures["server_per_s"]), median(figures["echo_per_s"])
    return Row(
        work=f"AddFacts, one fact, durable, {IN_FLIGHT} in flight",
        measured=f"{ours:.0f}/s, echo {bare:.0f}/s; p50 {figures['server_p50_ms']:.1f} ms, "
        f"p99 {figures['server_p99_ms']:.1f} ms",
        ratio=ratio,
        aim="",
        met=True,
        figures={**figures, "ratio": ratio},
    )


async def memories(folder: Path, cores: Cores) -> Row:
    """All that is known of a user, in one page, against the echo."""
    figures = await _beside_the_echo("bench.memories_load", folder, cores, PAIRS, MEMORIES_CALLS)
    pairs = zip(figures["server_p50_ms"], figures["echo_p50_ms"], strict=True)
    ratio = median(ours / bare for ours, bare in pairs)
    ours, bare = median(figures["server_p50_ms"]), median(figures["echo_p50_ms"])
    return Row(
        work=f"ListMemories, one page of {figures['memories']}, {figures['bytes'] // 1_000} KB, "
        "one client",
        measured=f"p50 {ours:.2f} ms, echo {bare:.2f} ms; p99 {figures['server_p99_ms']:.2f} ms, "
        f"first {figures['first_ms']:.0f} ms",
        ratio=ratio,
        aim="",
        met=True,
        figures={**figures, "ratio": ratio},
    )


async def fill_hundred_thousand(folder: Path, cores: Cores) -> dict[str, float]:
    """Makes a data folder with that many memories; gives the seconds it took."""
    async with serving(product(folder), cores.server) as server, Reverie(server.address) as reverie:
        started = time.perf_counter()
        await fill(reverie, HUNDRED_THOUSAND)
        filled = time.perf_counter()
        await settled(reverie, every_seconds=1.0)
        return {"append_seconds": filled - started, "ready_seconds": time.perf_counter() - started}


async def recall(folder: Path, cores: Cores) -> Row:
    """Hybrid recall of a user with 1,000 memories in the filled folder, against the echo."""
    async with AsyncExitStack() as stack:
        echo = await stack.enter_async_context(serving(["bench.echo_server"], cores.server))
        server = await stack.enter_async_context(serving(product(folder), cores.server))
        async with Reverie(server.address) as reverie:
            await settled(reverie)
        numbers = (PAIRS, RECALL_CALLS, MEMORIES_OF_A_USER)
        figures = json.loads(
            await run(
                ["bench.recall_load", echo.address, server.address, *map(str, numbers)],
                cores.generator,
            )
        )
    if figures["degraded"] or not figures["hits"]:
        raise RuntimeError("recall was not answered from the index")
    pairs = zip(figures["server_p50_ms"], figures["echo_p50_ms"], strict=True)
    ratio = median(ours / bare for ours, bare in pairs)
    ours, bare = median(figures["server_p50_ms"]), median(figures["echo_p50_ms"])
    return Row(
        work=f"Recall, hybrid, {MEMORIES_OF_A_USER:,} memories of the user among "
        f"{HUNDRED_THOUSAND.entries:,}, one client",
        measured=f"p50 {ours:.2f} ms, echo {bare:.2f} ms; p99 {figures['server_p99_ms']:.2f} ms, "
        f"first {figures['first_ms']:.0f} ms",
        ratio=ratio,
        aim="<= 5 x echo (3 aimed at)",
        met=ratio <= 5,
        figures={**figures, "ratio": ratio},
    )


async def prompt(folder: Path, cores: Cores) -> Row:
    """Prompts of a user of whom 47 facts, 10 calls and 3 storylines are known, against the echo."""
    figures = await _beside_the_echo("bench.prompt_load", folder, cores, PAIRS, PROMPT_CALLS)
    pairs = zip(figures["server_p50_ms"], figures["echo_p50_ms"], strict=True)
    ratio = median(ours / bare for ours, bare in pairs)
    ours, bare = median(figures["server_p50_ms"]), median(figures["echo_p50_ms"])
    return Row(
        work="ComposePrompt within 2,000 tokens, 47 facts, 10 calls, 3 storylines",
        measured=f"p50 {ours:.2f} ms, echo {bare:.2f} ms; p99 {figures['server_p99_ms']:.2f} ms, "
        f"first {figures['first_ms']:.0f} ms",
        ratio=ratio,
        aim="<= 8 x echo",
        met=ratio <= 8,
        figures={**figures, "ratio": ratio},
    )


async def restart(folder: Path) -> Row:
    """From the start of the process to SERVING over the filled folder, on all cores."""
    seconds = []
    for _ in range(RESTARTS):
        started = time.perf_counter()
        async with serving(product(folder)) as server:
            await _healthy(server.address)
            seconds.append(time.perf_counter() - started)
    return Row(
        work=f"start with {HUNDRED_THOUSAND.entries:,} memories, to SERVING",
        measured=f"{median(seconds):.2f} s",
        ratio=None,
        aim="<= 3 s",
        met=median(seconds) <= 3,
        figures={"seconds": seconds},
    )


async def _healthy(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest())
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise RuntimeError("the server said that it serves, but its health says otherwise")


async def stall(folder: Path, cores: Cores) -> Row:
    """How long the event loop is held up while memories arrive and are indexed at full speed."""
    command = ["bench.stall_server", str(folder)]
    async with serving(command, cores.server) as server, Reverie(server.address) as reverie:
        await settled(reverie)
        await asyncio.sleep(IDLE_SECONDS)
        server.signal(signal.SIGUSR1)
        await fill(reverie, TWENTY_THOUSAND)
        await settled(reverie, every_seconds=1.0)
        idle, busy = json.loads(await server.stop())
    return Row(
        work=f"event loop stall while {TWENTY_THOUSAND.entries:,} entries are indexed",
        measured=f"p99.9 {busy['p99_9_ms']:.1f} ms, max {busy['max_ms']:.1f} ms over "
        f"{busy['seconds']:.0f} s; idle p99.9 {idle['p99_9_ms']:.1f} ms",
        ratio=None,
        aim="p99.9 <= 50 ms",
        met=busy["p99_9_ms"] <= 50,
        figures={"idle": idle, "busy": busy},
    )
