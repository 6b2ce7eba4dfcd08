"""The child process that owns the Qdrant Edge shard: ``python -m reverie_server.index.edge_child``.

The engine holds the interpreter's lock during every call and a flush can take a second, so it
lives in a process of its own; the server talks to it over an inherited socket (``edge_frames``).
One loop, one thread. Questions go before changes, so that a search never waits for more than one
frame of points. Between requests it watches the files (``edge_watch``), compares counts, and reads
vectors back to compare their checksums (the scrub).

It leaves by itself: when the server is gone (end of the stream), and when it finds the index
suspect; the server then starts another, which begins with an empty folder. It never repairs.
SIGINT and SIGTERM are for the server, which closes it in order; a service manager sends them to
every process of the group.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import socket
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from reverie_server.index import edge_folder
from reverie_server.index.edge_folder import GenerationFolder
from reverie_server.index.edge_frames import (
    UNASKED,
    Answer,
    Call,
    Close,
    Closed,
    Count,
    Counted,
    Delete,
    DeleteOwner,
    DeleteSession,
    Done,
    FinishRebuild,
    FrameBuffer,
    ListPoints,
    Ready,
    Suspect,
    Upsert,
    decode_call,
    encode,
)
from reverie_server.index.edge_shard import ENGINE, Shard
from reverie_server.index.edge_watch import FileWatch
from reverie_server.index.encoded import Search

EXIT_SUSPECT: Final = 3
WATCH_SECONDS: Final = 1.0
"""Between two looks at the files when nothing else happens."""
SCRUB_PASS_SECONDS: Final = 50.0
"""Aim for reading every vector back once."""
SCRUB_STEP: Final = 32
"""Points read back at a time: the longest that the scrub holds up a search."""
SCRUB_SHARE: Final = 0.02
"""Of a core, at most, whatever the number of points."""
QUIET_SECONDS: Final = 20.0
"""Without a change before the engine is told to flush: that holds up searches (0.5 s for 100,000
new points) and only serves to make the end shorter and the engine's own buffers small."""
READS_PER_CHANGE: Final = 8
"""Questions answered before a waiting change gets its turn."""
_RECEIVE: Final = 1 << 18


class Complaint(Exception):
    """Why the index is not to be trusted, in one sentence."""


class Scrub:
    """Reads every point's vectors back, a few at a time.

    A pass takes ``SCRUB_PASS_SECONDS``, or longer where it would use more than ``SCRUB_SHARE`` of
    a core: about four minutes for 100,000 points.
    """

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._left: list[int] = []
        self._pause = WATCH_SECONDS
        self.due = time.monotonic() + WATCH_SECONDS

    def step(self) -> bool:
        """Whether what was read is what was written. About 2 ms."""
        started = time.monotonic()
        if not self._left:
            self._left = self._shard.point_numbers()
            steps = max(1, len(self._left) // SCRUB_STEP)
            self._pause = min(WATCH_SECONDS, SCRUB_PASS_SECONDS / steps)
        taken = self._left[-SCRUB_STEP:]
        del self._left[-SCRUB_STEP:]
        intact = self._shard.is_intact(taken) if taken else True
        ended = time.monotonic()
        self.due = ended + max(self._pause, (ended - started) / SCRUB_SHARE)
        return intact


class Child:
    """The loop over one socket."""

    def __init__(
        self, link: socket.socket, folder: GenerationFolder, shard: Shard, complete: bool
    ) -> None:
        self._link = link
        self._folder = folder
        self._shard = shard
        self._complete = complete
        self._frames = FrameBuffer()
        self._questions: deque[tuple[int, Call]] = deque()
        self._changes: deque[tuple[int, Call]] = deque()
        self._watch = FileWatch(folder.shard)
        self._written = False
        """The engine wrote since the watch was taken."""
        self._unflushed = False
        self._changed = self._looked = time.monotonic()
        self._scrub = Scrub(shard)

    def run(self) -> NoReturn:
        poll = select.poll()
        poll.register(self._link, select.POLLIN)
        while True:
            idle = not self._questions and not self._changes
            wait = max(0.0, self._next_check() - time.monotonic()) if idle else 0.0
            if poll.poll(wait * 1_000):
                self._receive()
            for _ in range(READS_PER_CHANGE):
                if not self._questions:
                    break
                self._serve(*self._questions.popleft())
            if self._changes:
                self._serve(*self._changes.popleft())
            busy = self._questions or self._changes
            if not busy or time.monotonic() > self._looked + WATCH_SECONDS:
                self._check()

    def _receive(self) -> None:
        data = self._link.recv(_RECEIVE)
        if not data:
            # The server is gone. What it did not close in order is filled again anyway.
            os._exit(0)
        for payload in self._frames.feed(data):
            number, call = decode_call(payload)
            # A count or a page must see the changes that were sent before it: only a search,
            # which runs while changes are still unacknowledged, may overtake them.
            queue = self._questions if isinstance(call, Search) else self._changes
            queue.append((number, call))

    def _serve(self, number: int, call: Call) -> None:
        try:
            if not isinstance(call, Search) and not self._written:
                # After a change the files' times are the engine's own again: whatever somebody
                # else did before it has to be noticed now.
                self._look()
            answer = self._answer(call)
        except Complaint as complaint:
            self._suspect(str(complaint))
        except BaseException as error:  # noqa: BLE001 - the engine's PanicException is no Exception
            self._suspect(f"the engine failed in {type(call).__name__}: {type(error).__name__}")
        self._link.sendall(encode(number, answer))
        if isinstance(answer, Closed):
            os._exit(0)

    def _answer(self, call: Call) -> Answer:
        match call:
            case Search():
                return self._shard.search(call)
            case ListPoints():
                return self._shard.list_points(call)
            case Count():
                return Counted(self._shard.count(call.owner))
            case Upsert():
                self._shard.upsert(call)
            case Delete():
                self._shard.delete(call)
            case DeleteSession():
                self._shard.delete_session(call)
            case DeleteOwner():
                self._shard.delete_owner(call)
            case FinishRebuild():
                self._complete = True
            case Close():
                return self._close()
        self._written = self._unflushed = True
        self._changed = time.monotonic()
        return Done(len(self._shard))

    def _close(self) -> Closed:
        self._look()
        if not self._complete or self._shard.disagrees():
            return Closed(None)
        dimensions = self._shard.dimensions
        self._shard.close(self._folder)
        return Closed(self._folder.seal(dimensions, ENGINE))

    # Being sure ------------------------------------------------------------------------------

    def _next_check(self) -> float:
        if self._written:
            return 0.0
        return min(self._looked + WATCH_SECONDS, self._scrub.due)

    def _look(self) -> None:
        """Raises ``Complaint`` unless the files are as the engine left them."""
        if self._written:
            complaint = self._watch.take(flushed=False)
            self._written = False
        else:
            complaint = self._watch.complaint()
        if complaint is not None:
            raise Complaint(complaint)
        self._looked = time.monotonic()

    def _check(self) -> None:
        try:
            now = time.monotonic()
            if self._written or now >= self._looked + WATCH_SECONDS:
                self._look()
                if self._shard.disagrees():
                    raise Complaint("the index holds another number of points than it should")
            if self._unflushed and now >= self._changed + QUIET_SECONDS:
                self._look()
                self._shard.flush()
                self._watch.take(flushed=True)
                self._unflushed = False
            if now >= self._scrub.due and not self._scrub.step():
                raise Complaint("vectors of the index are not what was written")
        except Complaint as complaint:
            self._suspect(str(complaint))
        except BaseException as error:  # noqa: BLE001 - the engine's PanicException is no Exception
            self._suspect(f"the engine failed while idle: {type(error).__name__}")

    def _suspect(self, detail: str) -> NoReturn:
        self._link.sendall(encode(UNASKED, Suspect(detail)))
        # Not closed in order: the engine would write into files that are not to be trusted.
        os._exit(EXIT_SUSPECT)


def _open(
    root: Path, stamp: str, dimensions: Mapping[str, int]
) -> tuple[GenerationFolder, Shard, str]:
    """The shard that the stamp names if it may be trusted, else a new one and the reason."""
    reason = "there is no index yet"
    if stamp:
        folder = edge_folder.stamped(root, stamp)
        distrusted = folder.distrust(stamp, dimensions, ENGINE)
        if distrusted is None:
            edge_folder.drop_others(root, keep=folder)
            try:
                shard = Shard.load(folder, dimensions)
                if shard.disagrees():
                    raise ValueError("count")
            except BaseException as error:  # noqa: BLE001 - the engine's PanicException is no Exception
                reason = f"the index could not be opened: {type(error).__name__}"
            else:
                folder.break_seal()
                return folder, shard, ""
        else:
            reason = distrusted
    edge_folder.drop_others(root, keep=None)
    folder = edge_folder.fresh(root)
    return folder, Shard.create(folder, dimensions), reason


def main() -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--stamp", default="")
    parser.add_argument("--dimensions", type=json.loads, required=True)
    arguments = parser.parse_args()
    link = socket.socket(fileno=arguments.socket)
    edge_folder.lock(arguments.root)
    folder, shard, reason = _open(arguments.root, arguments.stamp, arguments.dimensions)
    child = Child(link, folder, shard, complete=not reason)
    ready = Ready(folder.generation, not reason, reason, len(shard))
    try:
        link.sendall(encode(UNASKED, ready))
        child.run()
    except ConnectionError:
        # The server went away while it was being answered.
        os._exit(0)


if __name__ == "__main__":
    main()
