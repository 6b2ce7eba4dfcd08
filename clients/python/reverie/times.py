"""Python's datetimes to the contract's timestamps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(time: datetime) -> Timestamp:
    """For messages made by hand.

    Raises:
        ValueError: the time has no time zone.
    """
    refuse_naive({"a datetime": time})
    message = Timestamp()
    message.FromDatetime(time)
    return message


def refuse_naive(fields: Mapping[str, object]) -> None:
    """Protobuf takes a datetime without a time zone for UTC, where people mostly mean their own.

    Raises:
        ValueError: one of the fields is such a datetime.
    """
    for name, value in fields.items():
        if isinstance(value, datetime) and value.utcoffset() is None:
            raise ValueError(
                f"{name} needs a time zone: use datetime.now(UTC) or .replace(tzinfo=...)"
            )
