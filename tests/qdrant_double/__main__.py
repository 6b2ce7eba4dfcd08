"""``python -m tests.qdrant_double``: prints its URL and serves until its input ends."""

from __future__ import annotations

import asyncio
import sys

from tests.qdrant_double.server import QdrantDouble


async def _serve() -> None:
    double = QdrantDouble()
    await double.start()
    print(double.url, flush=True)
    # Its end is the parent's, however that ended.
    await asyncio.to_thread(sys.stdin.buffer.read)
    await double.stop()


if __name__ == "__main__":
    asyncio.run(_serve())
