"""The parent's end: starts the child, numbers the requests, matches the answers.

Everything here runs on the event loop and nothing here blocks it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeVar, cast

import reverie_server
from reverie_server.index.edge_frames import (
    UNASKED,
    Answer,
    Call,
    FrameBuffer,
    Ready,
    Suspect,
    decode_answer,
    encode,
)
from reverie_server.index.memory_index import IndexAway

A = TypeVar("A", bound=Answer)

_LEAVE_SECONDS: Final = 5.0
"""How long a child may take to go once its stream has ended; then it is killed."""
# The child must find this very package, wherever the server was started from; its own first
# import is then all it needs.
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    " from reverie_server.index.edge_child import main; main()"
)


class _Stream(asyncio.Protocol):
    """Bytes to answers."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.waiting: dict[int, asyncio.Future[Answer]] = {}
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.detail = "the index process ended"
        self._frames = FrameBuffer()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's transports derive from asyncio's class, but they do what it says.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        for payload in self._frames.feed(data):
            number, answer = decode_answer(payload)
            if number != UNASKED:
                future = self.waiting.pop(number, None)
                if future is not None and not future.done():
                    future.set_result(answer)
            elif isinstance(answer, Suspect):
                self.detail = answer.detail
            elif isinstance(answer, Ready) and not self.ready.done():
                self.ready.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()
        self._writable.set()
        away = IndexAway(self.detail)
        if not self.ready.done():
            self.ready.set_exception(away)
            # Nobody has to be waiting: this is not to be reported as forgotten.
            self.ready.exception()
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(away)
                future.exception()
        self.waiting.clear()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def writable(self) -> None:
        await self._writable.wait()


class EdgeLink:
    """One child process and the stream to it. Dead once the stream has ended."""

    def __init__(self, process: asyncio.subprocess.Process, stream: _Stream) -> None:
        self._process = process
        self._stream = stream
        self._number = UNASKED

    @classmethod
    async def start(cls, root: Path, stamp: str, dimensions: Mapping[str, int]) -> EdgeLink:
        """Starts a child; ``ready`` tells when it has opened the index."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _START,
                str(Path(reverie_server.__file__).parents[1]),
                f"--socket={theirs.fileno()}",
                f"--root={root}",
                f"--stamp={stamp}",
                f"--dimensions={json.dumps(dict(dimensions))}",
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
            )
            ours.setblocking(False)
            loop = asyncio.get_running_loop()
            _, stream = await loop.create_unix_connection(_Stream, sock=ours)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, stream)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def detail(self) -> str:
        """Why it ended, in one sentence."""
        return self._stream.detail

    async def ready(self) -> Ready:
        """What the child found when it opened the index.

        Raises:
            IndexAway: it ended before.
        """
        return await asyncio.shield(self._stream.ready)

    async def ended(self) -> None:
        """Waits for the end of the stream, which is noticed at once."""
        await self._stream.ended.wait()

    def send(self, call: Call) -> asyncio.Future[Answer]:
        """Sends a request; its answer comes into the future, or ``IndexAway``."""
        transport = self._stream.transport
        if transport is None or transport.is_closing() or self._stream.ended.is_set():
            raise IndexAway(self.detail)
        self._number += 1
        number = self._number
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._stream.waiting[number] = future
        transport.write(encode(number, call))
        return future

    async def ask(self, call: Call, kind: type[A], within: float | None = None) -> A:
        """Sends a request and gives its answer.

        Raises:
            IndexAway: the child ended, or did not answer within ``within`` seconds.
        """
        future = self.send(call)
        timer: asyncio.TimerHandle | None = None
        if within is not None:
            # A fifth of the cost of asyncio.timeout, on the path of every search.
            timer = asyncio.get_running_loop().call_later(within, _expire, future)
        try:
            answer = await future
        finally:
            if timer is not None:
                timer.cancel()
        if not isinstance(answer, kind):
            raise IndexAway("the index process answered strangely")
        return answer

    async def writable(self) -> None:
        """Waits while the child has more unread bytes before it than is good."""
        await self._stream.writable()

    def kill(self) -> None:
        """Ends a child that does not answer; ``ended`` tells when it is gone."""
        if self._process.returncode is None:
            self._process.kill()

    async def leave(self) -> None:
        """Ends the stream, on which the child exits, and waits until it is gone. Idempotent."""
        if self._stream.transport is not None:
            self._stream.transport.close()
        await self._stream.ended.wait()
        try:
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            # Stuck inside the engine, or stopped. Nothing of it is needed any more.
            self._process.kill()
            await self._process.wait()


def _expire(future: asyncio.Future[Answer]) -> None:
    if not future.done():
        future.set_exception(IndexAway("the index did not answer in time"))
