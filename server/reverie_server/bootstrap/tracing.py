"""Where the spans of a server's calls go, if anywhere."""

from __future__ import annotations

from contextlib import AsyncExitStack

from reverie_server.bootstrap.errors import CannotStart
from reverie_server.observability.spans import Tracer
from reverie_server.settings import Settings


def open_tracer(settings: Settings, version: str, stack: AsyncExitStack) -> Tracer | None:
    """None: the settings name no collector. What is left is sent when the stack is closed.

    Raises:
        CannotStart: the `otel` extra is not installed.
    """
    if settings.otel_endpoint is None:
        return None
    try:
        # Imported here: it is an extra.
        from reverie_server.observability.otel import OtelTracer  # noqa: PLC0415
    except ImportError as error:
        raise CannotStart(
            "REVERIE_OTEL_ENDPOINT needs OpenTelemetry: pip install opentelemetry-sdk"
            " opentelemetry-exporter-otlp-proto-grpc"
        ) from error
    tracer = OtelTracer(
        settings.otel_endpoint, sample_ratio=settings.otel_sample_ratio, version=version
    )
    stack.push_async_callback(tracer.close)
    return tracer
