"""What ``reverie.connectivity`` is for channels that block."""

from __future__ import annotations

from typing import Final

import grpc

_NOTICED_SECONDS: Final = 0.1
"""A channel tells its state from a thread of its own."""


def is_ready(channel: grpc.Channel) -> bool:
    """There is one, at this moment."""
    ready = grpc.channel_ready_future(channel)
    try:
        ready.result(timeout=_NOTICED_SECONDS)
    except grpc.FutureTimeoutError:
        return False
    finally:
        ready.cancel()
    return True
