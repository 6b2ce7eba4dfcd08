"""Traces for OpenTelemetry: the extra `otel`.

A span says which method was called, how it ended and for whom, as a hash of the workspace: traces
often go to somebody else's house, and names of workspaces are names of customers. Nothing of a
request or an answer is in it, and no id of a user.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from reverie_server.observability.trace_context import current_trace

OURS: Final = frozenset({"INTERNAL", "UNKNOWN", "DATA_LOSS", "UNAVAILABLE", "DEADLINE_EXCEEDED"})
"""Codes that are the server's failure rather than the caller's."""
SEND_SECONDS: Final = 5
"""How long the collector may take, also for the last spans when the server stops."""

_PROPAGATOR: Final = TraceContextTextMapPropagator()


class OtelTracer:
    """A ``Tracer`` that sends its spans to a collector, in batches and on a thread of its own."""

    def __init__(self, endpoint: str, *, sample_ratio: float, version: str) -> None:
        """
        Args:
            endpoint: ``http://host:4317`` or ``https://...``: OTLP over gRPC.
            sample_ratio: of the traces that begin here; others are as their callers have decided.
        """
        self._provider = TracerProvider(
            sampler=ParentBasedTraceIdRatio(sample_ratio),
            resource=Resource.create({"service.name": "reverie", "service.version": version}),
        )
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=SEND_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("reverie", version)

    @contextmanager
    def call(self, method: str, metadata: Mapping[str, str]) -> Iterator[_Span]:
        """See ``Tracer.call``."""
        name = method.removeprefix("/")
        span = self._tracer.start_span(
            name,
            context=_PROPAGATOR.extract(metadata),
            kind=trace.SpanKind.SERVER,
            attributes={"rpc.system.name": "grpc", "rpc.method": name},
        )
        trace_id = trace.format_trace_id(span.get_span_context().trace_id)
        known = current_trace.set(trace_id)
        token = contexts.attach(trace.set_span_in_context(span))
        try:
            yield _Span(span)
        finally:
            contexts.detach(token)
            current_trace.reset(known)
            span.end()

    async def close(self) -> None:
        """Sends what is left."""
        await asyncio.to_thread(self._provider.shutdown)


class _Span:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def ended(self, code: str, workspace_id: str) -> None:
        self._span.set_attribute("rpc.response.status_code", code)
        if workspace_id:
            self._span.set_attribute("reverie.workspace_hash", workspace_hash(workspace_id))
        if code in OURS:
            self._span.set_status(trace.StatusCode.ERROR)


def workspace_hash(workspace_id: str) -> str:
    """By which traces of one workspace are found by those who know its name."""
    return hashlib.blake2b(workspace_id.encode(), digest_size=8).hexdigest()
