"""What a failed call raises: one class a status code, with the server's reason and fields."""

from __future__ import annotations

from dataclasses import dataclass

import grpc
import grpc.aio
from google.rpc import error_details_pb2, status_pb2

_DETAILS = "grpc-status-details-bin"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the request that is not as it must be."""

    field: str
    """Path in the request, e.g. ``entries[3].content``."""
    description: str


class ReverieError(Exception):
    """A call failed.

    Attributes:
        code: the canonical status code.
        reason: why, a value of ``ErrorReason`` without its prefix; empty when the server did not
            get to say.
        message: a sentence for people.
        fields: the request's fields that are wrong.
        retry_delay: seconds after which another try makes sense; None: the server did not say.
        incident_id: what to report when the server had a defect.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        fields: tuple[FieldError, ...] = (),
        retry_delay: float | None = None,
        incident_id: str = "",
    ) -> None:
        super().__init__(f"{code.name}{f' ({reason})' if reason else ''}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.fields = fields
        self.retry_delay = retry_delay
        self.incident_id = incident_id


class InvalidArgumentError(ReverieError):
    """The request is not as it must be; ``fields`` says where."""


class NotFoundError(ReverieError):
    """Nothing of that id that this caller, user and persona may see."""


class AlreadyExistsError(ReverieError):
    """The id is taken."""


class FailedPreconditionError(ReverieError):
    """The state does not allow it: a session that has ended, a request id used before."""


class StaleEtagError(ReverieError):
    """Somebody else changed it meanwhile: read it again."""


class UnauthenticatedError(ReverieError):
    """No credentials, or unknown ones."""


class PermissionDeniedError(ReverieError):
    """The credentials do not carry the permission."""


class ResourceExhaustedError(ReverieError):
    """Too much at once, too large, or the disk is full."""


class UnavailableError(ReverieError):
    """The server or what it needs cannot be reached, also after the retries."""


class DeadlineExceededError(ReverieError):
    """Out of time. A mutation may have happened: another try with its request id is harmless."""


_CLASSES: dict[grpc.StatusCode, type[ReverieError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.ABORTED: StaleEtagError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
}


def error_of(failure: grpc.aio.AioRpcError) -> ReverieError:
    """The typed error of a failed call. Codes without a class of their own are ReverieError."""
    code = failure.code()
    reason, incident_id, fields, retry_delay = "", "", [], None
    for detail in _details(failure):
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            reason = info.reason
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            fields = [FieldError(each.field, each.description) for each in bad.field_violations]
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            retry = error_details_pb2.RetryInfo()
            detail.Unpack(retry)
            retry_delay = retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9
        elif detail.Is(error_details_pb2.RequestInfo.DESCRIPTOR):
            about = error_details_pb2.RequestInfo()
            detail.Unpack(about)
            incident_id = about.request_id
    return _CLASSES.get(code, ReverieError)(
        code,
        failure.details() or "no message",
        reason=reason,
        fields=tuple(fields),
        retry_delay=retry_delay,
        incident_id=incident_id,
    )


def _details(failure: grpc.aio.AioRpcError) -> list[object]:
    for key, value in failure.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            return list(status_pb2.Status.FromString(value).details)
    return []
