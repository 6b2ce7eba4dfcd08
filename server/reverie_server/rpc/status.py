"""How a domain error travels: google.rpc.Status with its details."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from reverie_server.errors import NEVER, Code, ReverieError

DOMAIN = "reverie"
_DEFAULT_RETRY_SECONDS = 1.0
_MESSAGE_CHARACTERS = 512
_PATH_CHARACTERS = 256
_VIOLATION_BYTES = 3 * 1024
"""Errors travel as metadata, of which gRPC takes 8 KiB; base64 and percent signs make them grow."""
_RETRIED = frozenset({Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED})


def status_of(error: ReverieError) -> Any:
    """The grpc.Status of a domain error, with ErrorInfo and what its code calls for."""
    details: list[Message] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    ]
    if error.fields:
        details.append(
            error_details_pb2.BadRequest(
                field_violations=_fitting(
                    error_details_pb2.BadRequest.FieldViolation(
                        field=_shortened(violation.field, _PATH_CHARACTERS),
                        description=_shortened(violation.description, _MESSAGE_CHARACTERS),
                        reason=error.reason,
                    )
                    for violation in error.fields
                )
            )
        )
    if error.code in _RETRIED:
        seconds = error.retry_after_seconds
        if seconds != NEVER:
            details.append(_retry_info(_DEFAULT_RETRY_SECONDS if seconds is None else seconds))
    return _status(error.code, _shortened(error.message, _MESSAGE_CHARACTERS), details)


def internal_status(incident_id: str) -> Any:
    """What a caller learns of a defect of ours: an id to report, and nothing else."""
    return _status(
        Code.INTERNAL,
        f"internal error; report incident {incident_id}",
        [
            error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN),
            error_details_pb2.RequestInfo(request_id=incident_id),
        ],
    )


def _fitting(violations: Iterable[Message]) -> list[Message]:
    """The first of them, as many as an error can carry."""
    kept: list[Message] = []
    size = 0
    for violation in violations:
        size += violation.ByteSize()
        if kept and size > _VIOLATION_BYTES:
            break
        kept.append(violation)
    return kept


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _status(code: Code, message: str, details: list[Message]) -> Any:
    status = status_pb2.Status(code=int(code), message=message)
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    return rpc_status.to_status(status)


def _retry_info(seconds: float) -> error_details_pb2.RetryInfo:
    whole = int(seconds)
    delay = Duration(seconds=whole, nanos=int((seconds - whole) * 1e9))
    return error_details_pb2.RetryInfo(retry_delay=delay)
