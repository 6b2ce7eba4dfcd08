"""Spans, as a collector gets them, of a real server's calls."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc.aio
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as stubs
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from reverie_server.bootstrap import Application, CannotStart
from reverie_server.observability.otel import workspace_hash
from tests.backends import settings_of
from tests.channels import connect
from tests.rpc.contract import BY_NAME, answer, ask
from tests.rpc.world import SESSION, TEXTS, entries

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
WORKSPACE = "canary-workspace"


class Collector(stubs.TraceServiceServicer):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.requests: list[pb.ExportTraceServiceRequest] = []

    async def Export(self, request: Any, context: Any) -> pb.ExportTraceServiceResponse:  # noqa: N802
        self.requests.append(request)
        return pb.ExportTraceServiceResponse()

    def spans(self) -> list[Span]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, str]]:
    collector, server = Collector(), grpc.aio.server()
    add: Any = stubs.add_TraceServiceServicer_to_server
    add(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield collector, f"http://127.0.0.1:{port}"
    await server.stop(1)


def attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


async def test_each_call_has_a_span_in_its_callers_trace(tmp_path: Path) -> None:
    get, append = BY_NAME["GetUser"], BY_NAME["AppendEntries"]
    told = (("traceparent", f"00-{TRACE}-{PARENT}-01"),)
    async with collecting() as (collector, endpoint):
        settings = await settings_of(tmp_path / "data", otel_endpoint=endpoint)
        application = await Application.start(settings)
        async with connect(application.address, WORKSPACE) as channel:
            await answer(channel, "StartSession", **SESSION)
            await ask(channel, append, append.request(**SESSION, entries=entries()), told)
            await ask(channel, get, get.request(user_id="canary-user"), told)
            unknown: Any = channel.unary_unary("/reverie.v1.UserService/Canary")
            with pytest.raises(grpc.aio.AioRpcError):
                await unknown(b"")
        await application.stop()

    spans = {span.name: span for span in collector.spans()}
    assert spans.keys() == {
        "reverie.v1.WorkingMemoryService/StartSession",
        "reverie.v1.WorkingMemoryService/AppendEntries",
        "reverie.v1.UserService/GetUser",
    }
    appended = spans["reverie.v1.WorkingMemoryService/AppendEntries"]
    assert appended.trace_id.hex() == TRACE
    assert appended.parent_span_id.hex() == PARENT
    assert appended.kind == Span.SPAN_KIND_SERVER
    assert attributes(appended) == {
        "rpc.system.name": "grpc",
        "rpc.method": "reverie.v1.WorkingMemoryService/AppendEntries",
        "rpc.response.status_code": "OK",
        "reverie.workspace_hash": workspace_hash(WORKSPACE),
    }
    missing = spans["reverie.v1.UserService/GetUser"]
    assert attributes(missing)["rpc.response.status_code"] == "NOT_FOUND"
    assert missing.status.code == Status.STATUS_CODE_UNSET, "that is the caller's mistake"
    assert spans["reverie.v1.WorkingMemoryService/StartSession"].trace_id.hex() != TRACE
    sent = b"".join(request.SerializeToString() for request in collector.requests)
    for said in (*TEXTS, WORKSPACE, "canary-user", SESSION["user_id"], SESSION["session_id"]):
        assert said.encode() not in sent


async def test_a_trace_that_its_caller_does_not_record_is_not_sent(tmp_path: Path) -> None:
    async with collecting() as (collector, endpoint):
        settings = await settings_of(tmp_path / "data", otel_endpoint=endpoint)
        application = await Application.start(settings)
        async with connect(application.address, WORKSPACE) as channel:
            get = BY_NAME["GetUser"]
            unrecorded = (("traceparent", f"00-{TRACE}-{PARENT}-00"),)
            await ask(channel, get, get.request(user_id="alice"), unrecorded)
        await application.stop()

    assert collector.spans() == []


async def test_without_the_extra_it_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "reverie_server.observability.otel", None)
    settings = await settings_of(tmp_path / "data", otel_endpoint="http://127.0.0.1:4317")

    with pytest.raises(CannotStart, match="pip install opentelemetry-sdk"):
        await Application.start(settings)
