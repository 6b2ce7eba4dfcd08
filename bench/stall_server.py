"""The product's server with a probe on its event loop.

    python -m bench.stall_server DATA_FOLDER

The probe asks to be woken every millisecond and notes how late that comes. SIGUSR1 ends a phase of
the measurement and begins the next one; SIGTERM stops the server and prints the phases as one JSON
list, each with `seconds`, and `p50_ms`, `p99_ms`, `p99_9_ms` and `max_ms` of the stalls.

A stall of 80 ms holds up everything that falls due meanwhile, not just one tick, so it counts as
stalls of 80, 79, 78, ... ms (the correction for coordinated omission of HdrHistogram): the
percentiles are those of something that falls due at a random moment.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

import structlog

from bench.loops import run
from bench.scores import percentile
from reverie_server.bootstrap import Application
from reverie_server.settings import Settings

TICK_SECONDS = 0.001


class LoopProbe:
    """How late a loop wakes a task that wants to be woken every tick."""

    def __init__(self) -> None:
        self._phases: list[list[float]] = [[]]
        self._started = [time.perf_counter()]

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            due = time.perf_counter() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self._phases[-1].append(max(0.0, time.perf_counter() - due))

    def next_phase(self) -> None:
        self._phases.append([])
        self._started.append(time.perf_counter())

    def report(self) -> list[dict[str, float]]:
        """The figures of each phase."""
        ended = [*self._started[1:], time.perf_counter()]
        return [
            stall_figures(lags, end - start)
            for lags, start, end in zip(self._phases, self._started, ended, strict=True)
        ]


def stall_figures(lags: list[float], seconds: float) -> dict[str, float]:
    """The figures of a phase from how late, in seconds, each tick came."""
    stalls = [1_000 * stall for lag in lags for stall in _seen_by_all(lag)]
    return {
        "seconds": seconds,
        "p50_ms": percentile(stalls, 50),
        "p99_ms": percentile(stalls, 99),
        "p99_9_ms": percentile(stalls, 99.9),
        "max_ms": max(stalls),
    }


def _seen_by_all(lag: float) -> list[float]:
    """What those waited who fell due in each tick of a stall."""
    return [lag - missed * TICK_SECONDS for missed in range(int(lag / TICK_SECONDS) + 1)]


async def serve(folder: Path) -> None:
    """Until SIGTERM."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("WARNING"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    application = await Application.start(Settings(data_folder=folder, port=0))
    probe = LoopProbe()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, probe.next_phase)
    print(f"serving on {application.address}", flush=True)
    watching = asyncio.create_task(probe.watch())
    await stop.wait()
    watching.cancel()
    report = probe.report()
    await application.stop()
    print(json.dumps(report), flush=True)


if __name__ == "__main__":
    sys.exit(run(serve(Path(sys.argv[1]))))
