"""Load on a server from client processes (``tests/load_client.py``), and what they were told."""

from __future__ import annotations

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.server_process import environment


@dataclass(slots=True)
class Load:
    """What all clients together have heard so far."""

    acknowledged: list[tuple[float, str]] = field(default_factory=list)
    """Times (monotonic, seconds) and the contents of entries, in the order in which they came."""
    reads: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By status code."""
    began: float = 0.0
    """When the clients were ready."""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def more(self, count: int) -> None:
        """Returns when so many more appends were acknowledged."""
        goal = len(self.acknowledged) + count
        async with self._news:
            await self._news.wait_for(lambda: len(self.acknowledged) >= goal)

    async def answers(self, count: int) -> None:
        """Returns when so many more calls were answered, with whatever."""
        goal = self._answered + count
        async with self._news:
            await self._news.wait_for(lambda: self._answered >= goal)

    @property
    def _answered(self) -> int:
        return len(self.acknowledged) + self.refused.total()

    def recovery_after(self, moment: float) -> float:
        """Seconds from then until something was acknowledged again."""
        return min(heard for heard, _ in self.acknowledged if heard > moment) - moment

    @property
    def rate(self) -> float:
        """Appends that were acknowledged, a second, from beginning to end."""
        return len(self.acknowledged) / (max(self.acknowledged)[0] - self.began)

    async def listen(self, name: str, process: Process, ready: asyncio.Event) -> None:
        """Takes in what a client says until it has ended."""
        assert process.stdout is not None
        async for line in process.stdout:
            *words, moment = line.decode().split()
            match words:
                case ["ready"]:
                    ready.set()
                case ["ack", number]:
                    self.acknowledged.append((float(moment), f"{name} said {number}"))
                case ["read"]:
                    self.reads += 1
                case ["started"] | ["end"]:
                    pass
                case [code]:
                    self.refused[code] += 1
            async with self._news:
                self._news.notify_all()


@asynccontextmanager
async def load_on(
    address: str, *, clients: int, per_second: float, read_every: int = 0
) -> AsyncIterator[Load]:
    """So many calls a second from so many processes, while the context is open; at its end all
    of them have been answered.

    Args:
        read_every: every so many calls is a read; 0: none.
    """
    load = Load()
    ready = [asyncio.Event() for _ in range(clients)]
    processes = []
    async with asyncio.TaskGroup() as listeners:
        for number in range(clients):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.load_client", address, f"client{number}"),
                *(str(per_second / clients), str(read_every)),
                env=environment(),
                stdin=PIPE,
                stdout=PIPE,
            )
            processes.append(process)
            listeners.create_task(load.listen(f"client{number}", process, ready[number]))
        try:
            for each in ready:
                await each.wait()
            load.began = time.monotonic()
            yield load
        except BaseException:
            for process in processes:
                process.kill()
            raise
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
    for process in processes:
        assert await process.wait() == 0
