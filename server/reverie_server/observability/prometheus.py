"""The meter that Prometheus scrapes, over HTTP and on a port of its own."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from reverie_server.observability.catalogue import (
    CALLS,
    COMMITS,
    CONNECTION_WAITS,
    METRICS,
    STALLS,
    Metric,
    MetricKind,
)
from reverie_server.observability.readings import ReadAll, Reading

READ_SECONDS: Final = 3.0
"""How long a scrape waits for what it reads on the event loop; then it goes without."""


# A second series for every one, of when it began, that nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]


class PrometheusMeter:
    """A ``Meter`` with a registry of its own, so that two servers of a process do not mix."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for of_process in (ProcessCollector, PlatformCollector, GCCollector):
            of_process(registry=self.registry)
        self._calls = self._histogram(CALLS)
        self._known: dict[tuple[str, str], Histogram] = {}
        self.committed = self._histogram(COMMITS).observe
        self.waited_for_connection = self._histogram(CONNECTION_WAITS).observe
        self.stalled = self._histogram(STALLS).observe

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """See ``Meter.call_ended``."""
        known = self._known.get((method, code))
        if known is None:
            known = self._known[method, code] = self._calls.labels(method, code)
        known.observe(seconds)

    def _histogram(self, metric: Metric) -> Histogram:
        return Histogram(
            metric.name,
            metric.meaning,
            metric.labels,
            registry=self.registry,
            buckets=metric.buckets,
        )


class MetricsPort:
    """Serves ``/metrics`` from threads of its own until it is closed."""

    def __init__(self, meter: PrometheusMeter, read_all: ReadAll, host: str, port: int) -> None:
        """Starts. Belongs to the event loop that runs now.

        Args:
            port: 0 lets the system choose.

        Raises:
            OSError: the address cannot be listened on.
        """
        meter.registry.register(_Readings(read_all, asyncio.get_running_loop()))
        self._server, self._thread = start_http_server(port, host, meter.registry)
        self.port: int = self._server.server_port

    async def close(self) -> None:
        """Ends it. A scrape that is under way may be cut off."""

        def close() -> None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

        await asyncio.to_thread(close)


class _Readings(Collector):
    """Asks the event loop, from the thread that answers a scrape."""

    def __init__(self, read_all: ReadAll, loop: asyncio.AbstractEventLoop) -> None:
        self._read_all = read_all
        self._loop = loop

    def describe(self) -> list[GaugeMetricFamily | CounterMetricFamily]:
        """The names, so that registering reads nothing yet."""
        return [_family(metric) for metric in METRICS if metric.kind is not MetricKind.HISTOGRAM]

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for reading in self._read():
            metric = reading.metric
            family = families.get(metric.name) or families.setdefault(metric.name, _family(metric))
            family.add_metric(reading.labels, reading.value)
        yield from families.values()

    def _read(self) -> Sequence[Reading]:
        async def read() -> Sequence[Reading]:
            return await self._read_all()

        # A loop that is closed or stands still: the scrape shows what was told, which says so.
        with suppress(RuntimeError, concurrent.futures.TimeoutError):
            future = asyncio.run_coroutine_threadsafe(read(), self._loop)
            try:
                return future.result(READ_SECONDS)
            finally:
                future.cancel()
        return ()


def _family(metric: Metric) -> GaugeMetricFamily | CounterMetricFamily:
    if metric.kind is MetricKind.COUNTER:
        return CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    return GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
