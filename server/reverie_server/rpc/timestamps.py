"""Times on the wire (google.protobuf.Timestamp) and inside (microseconds since the epoch, UTC)."""

from __future__ import annotations

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

_MICROSECONDS = 1_000_000


def timestamp(microseconds: int | None) -> Timestamp | None:
    """None stays None: protobuf leaves such a field absent."""
    if microseconds is None:
        return None
    seconds, rest = divmod(microseconds, _MICROSECONDS)
    return Timestamp(seconds=seconds, nanos=rest * 1_000)


def set_timestamp(target: Timestamp, microseconds: int) -> None:
    """Writes a time into a message's own field, which makes it present."""
    target.seconds, rest = divmod(microseconds, _MICROSECONDS)
    target.nanos = rest * 1_000


def microseconds(message: Message, field: str) -> int | None:
    """A message's Timestamp field, None where it is absent. Ranges were checked by validation."""
    if not message.HasField(field):
        return None
    value: Timestamp = getattr(message, field)
    return value.seconds * _MICROSECONDS + value.nanos // 1_000
