"""Whether there is a connection, for what is said of a call that nobody answered."""

from __future__ import annotations

import grpc
import grpc.aio


def is_ready(channel: grpc.aio.Channel) -> bool:
    """There is one, at this moment."""
    return channel.get_state() is grpc.ChannelConnectivity.READY
