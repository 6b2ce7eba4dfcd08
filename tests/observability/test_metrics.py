"""A real server is called and scraped: what it tells is what happened."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Never, cast

import grpc
import grpc.aio
import pytest

from reverie_server.bootstrap import Application, CannotStart
from reverie_server.observability.catalogue import CONNECTION_WAITS, CONNECTIONS, METRICS, STALLS
from tests.backends import settings_of
from tests.channels import connect
from tests.observability.scraping import scrape
from tests.rpc.contract import BY_NAME, answer, ask
from tests.rpc.world import SESSION, at_rest, build_world, entries

CALLS = "reverie_rpc_duration_seconds_count"
CANARY = "canary-a7f3"


@pytest.fixture(scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    folder = tmp_path_factory.mktemp("metrics")
    settings = await settings_of(folder / "data", metrics=True, metrics_port=0)
    application = await Application.start(settings)
    yield application
    await application.stop()


@pytest.fixture
async def channel(application: Application, workspace: str) -> AsyncIterator[grpc.aio.Channel]:
    async with connect(application.address, workspace) as channel:
        yield channel


async def test_calls_are_counted_by_method_and_code(
    application: Application, channel: grpc.aio.Channel
) -> None:
    get, append = BY_NAME["GetUser"], BY_NAME["AppendEntries"]
    await answer(channel, "StartSession", **SESSION)
    before = await scrape(application.metrics_address)
    for _ in range(7):
        await answer(channel, "AppendEntries", **SESSION, entries=entries())
    await ask(channel, get, get.request(user_id="nobody"))
    await ask(channel, get, get.request())
    await ask(channel, append, b"\xff\xff\xff")

    after = await scrape(application.metrics_address)

    def more(name: str, **labels: str) -> float:
        return (after.value(name, **labels) or 0) - (before.value(name, **labels) or 0)

    assert more(CALLS, method="AppendEntries", code="OK") == 7
    assert more(CALLS, method="AppendEntries", code="INVALID_ARGUMENT") == 1
    assert more(CALLS, method="GetUser", code="NOT_FOUND") == 1
    assert more(CALLS, method="GetUser", code="INVALID_ARGUMENT") == 1
    assert more(CALLS, method="GetUser", code="OK") == 0
    seconds = "reverie_rpc_duration_seconds"
    assert more(f"{seconds}_bucket", method="AppendEntries", code="OK", le="+Inf") == 7
    assert more(f"{seconds}_sum", method="GetUser", code="NOT_FOUND") > 0
    assert after.value("reverie_rpc_in_flight") == 0


async def test_nobody_can_make_labels(application: Application, channel: grpc.aio.Channel) -> None:
    """Names of methods are the caller's choice, and so are all ids."""
    await answer(channel, "StartSession", user_id=CANARY, persona_id=CANARY, session_id=CANARY)
    for number in range(5):
        method = f"/reverie.v1.UserService/{CANARY}{number}"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary(method)(cast(Never, b""))
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED

    seen = await scrape(application.metrics_address)

    assert seen.value(CALLS, method="other", code="UNIMPLEMENTED") == 5
    assert CANARY not in seen.text
    codes = {code.name for code in grpc.StatusCode}
    assert seen.labels(CALLS) <= BY_NAME.keys() | codes | {"other"}


async def test_everything_that_is_listed_is_told(
    application: Application, channel: grpc.aio.Channel, backend: str
) -> None:
    await build_world(channel)
    await answer(channel, "Recall", **SESSION, query="climbing")
    await answer(channel, "Recall", **SESSION, query="bread")
    await answer(channel, "ComposePrompt", **SESSION)
    jobs = (await at_rest(channel)).jobs

    seen = await scrape(application.metrics_address)

    listed = {metric.name.removesuffix("_total") for metric in METRICS}
    ours = {name for name in seen.names if name.startswith("reverie_")}
    pooled = {metric.name for metric in (CONNECTIONS, CONNECTION_WAITS)}
    assert ours | pooled == listed
    for name in pooled if backend == "postgres" else ():
        assert name in ours
    assert seen.value("reverie_database_up") == 1
    assert jobs["succeeded"] > 0
    for state, count in jobs.items():
        assert (seen.value("reverie_jobs", state=state) or 0) >= count
    lookups = "reverie_cache_lookups_total"
    assert (seen.value(lookups, cache="recall_views", result="miss") or 0) >= 2  # own and shared
    assert (seen.value(lookups, cache="recall_views", result="hit") or 0) >= 2
    assert (seen.value(lookups, cache="prompt_lines", result="miss") or 0) > 0
    assert (seen.value("reverie_recall_cache_bytes") or 0) > 0
    assert seen.value("reverie_index_state", state="away") == 0
    assert (seen.value(f"{STALLS.name}_count") or 0) > 0
    assert (seen.value("process_resident_memory_bytes") or 1) > 0


async def test_a_named_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = await settings_of(
            tmp_path / "data", metrics=True, metrics_port=taken.getsockname()[1]
        )
        with pytest.raises(CannotStart, match="REVERIE_METRICS_PORT"):
            await Application.start(settings)


async def test_without_them_nothing_listens(tmp_path: Path) -> None:
    application = await Application.start(await settings_of(tmp_path / "data", metrics=False))
    try:
        assert application.metrics_address is None
    finally:
        await application.stop()
