"""The metrics port of a server."""

from __future__ import annotations

from contextlib import AsyncExitStack

import structlog

from reverie_server.bootstrap.errors import CannotStart
from reverie_server.observability.prometheus import MetricsPort, PrometheusMeter
from reverie_server.observability.readings import ReadAll
from reverie_server.settings import Settings, joined

log = structlog.get_logger(__name__)


async def serve_metrics(
    settings: Settings, meter: PrometheusMeter, read_all: ReadAll, stack: AsyncExitStack
) -> str | None:
    """Serves them until the stack is closed; gives where, ``host:port``. None: they were not asked
    for by name, and somebody else has the default port.

    Raises:
        CannotStart: the port that the settings name cannot be listened on.
    """
    host, port = settings.metrics_host.strip("[]"), settings.metrics_port
    try:
        served = MetricsPort(meter, read_all, host, port)
    except OSError as error:
        if {"metrics_host", "metrics_port"} & settings.model_fields_set:
            raise CannotStart(
                f"cannot serve metrics on {joined(host, port)}: {error.strerror or error};"
                " another port can be named with REVERIE_METRICS_PORT"
            ) from error
        log.warning("no metrics: their port is taken", port=port)
        return None
    stack.push_async_callback(served.close)
    return joined(host, served.port)
