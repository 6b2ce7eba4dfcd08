"""An OpenAI-compatible endpoint on loopback: a real HTTP server that notes what it is asked, and
that can be slow, talk nonsense, or break off."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

SECRET: Final = "the-key"
FACT: Final[dict[str, Any]] = {
    "statement": "Lives in Boston.",
    "category": "place",
    "subject": "user",
    "predicate": "lives_in",
    "object": "Boston",
    "negated": False,
    "confidence": 0.9,
    "importance": 0.8,
    "valid_from": "2021-01-01",
    "sources": [0],
}
STORY: Final[dict[str, Any]] = {
    "topic": "the move", "status": "new", "summary": "Is moving house.", "sources": [0, 0],
}  # fmt: skip


def answer(*facts: dict[str, Any], storylines: tuple[dict[str, Any], ...] = ()) -> str:
    """The content of a message that tells these facts."""
    return json.dumps({"facts": facts, "storylines": storylines})


@dataclass
class Endpoint:
    """What it answers with, and what it was asked."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Of the next answers; 200 when used up."""
    contents: list[str | None] = field(default_factory=list)
    """Of the next messages; ``content`` when used up."""
    content: str = answer()
    body: bytes | None = None
    """The whole answer, instead."""
    dies: bool = False
    """In the middle of its answer."""
    hangs_up: bool = False
    """Before its answer."""
    silent: bool = False
    """Until it is released; then it hangs up."""
    dripping: bool = False
    """A byte now and then, for as long as anybody listens."""
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released with every request that comes in."""
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def sent(self) -> str:
        """Everything that it was told."""
        return json.dumps(self.requests)

    def answered(self, body: dict[str, Any]) -> bytes:
        if self.body is not None:
            return self.body
        content = self.contents.pop(0) if self.contents else self.content
        choice = {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": content},
        }
        return json.dumps(
            {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"],
             "choices": [choice]}
        ).encode()  # fmt: skip


@contextmanager
def serving_endpoint(port: int = 0) -> Iterator[Endpoint]:
    """Serves on a port of loopback, by default any free one."""
    stub = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stub.requests.append(body)
            stub.arrived.release()
            if stub.silent:
                stub.released.wait()
            if stub.silent or stub.hangs_up:
                self.close_connection = True
                return
            status = stub.statuses.pop(0) if stub.statuses else 200
            encoded = stub.answered(body)
            if status != 200:
                encoded = json.dumps({"error": {"message": f"refused {body} {SECRET}"}}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(encoded)))
            self.send_header("retry-after-ms", "1")
            self.end_headers()
            if stub.dripping:
                self.drip(encoded)
            elif stub.dies:
                self.wfile.write(encoded[:10])
                self.close_connection = True
            else:
                self.wfile.write(encoded)

        def drip(self, encoded: bytes) -> None:
            for byte in encoded:
                if stub.released.wait(0.05):
                    return
                try:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        stub.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield stub
        stub.released.set()
        server.shutdown()
        thread.join()
