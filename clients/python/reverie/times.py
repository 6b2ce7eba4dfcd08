"""Python's datetimes to the contract's timestamps."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(time: datetime | None) -> Timestamp | None:
    """None stays absent.

    Raises:
        ValueError: the time has no time zone, so it could mean anything.
    """
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(
            "a datetime needs a time zone; use datetime.now(UTC) or .replace(tzinfo=...)"
        )
    message = Timestamp()
    message.FromDatetime(time.astimezone(UTC))
    return message
