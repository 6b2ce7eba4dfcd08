"""What a failed call raises: one class a status code, with the server's reason and fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

_DETAILS: Final = "grpc-status-details-bin"
_DOMAIN: Final = "reverie"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the request that is not as it must be."""

    field: str
    """Path in the request, e.g. ``entries[3].content``."""
    description: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """What came with a status code."""

    reason: str = ""
    metadata: Mapping[str, str] | None = None
    fields: tuple[FieldError, ...] = ()
    retry_delay: float | None = None
    incident_id: str = ""


class ReverieError(Exception):
    """A call failed, also after the retries.

    Attributes:
        code: the canonical status code.
        message: a sentence for people.
        reason: why, the name of a value of ``ErrorReason`` without its prefix, such as
            ``SESSION_ENDED``; empty when the server did not get to say.
        metadata: more about the reason, by name.
        fields: the request's fields that are wrong.
        retry_delay: seconds after which another try makes sense; None: the server did not say.
        incident_id: what to report when the server had a defect.
        request_id: the request id that was sent. Another try with it has no second effect.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        details: ErrorDetails | None = None,
        *,
        request_id: str = "",
    ) -> None:
        details = details or ErrorDetails()
        reason = f" ({details.reason})" if details.reason else ""
        super().__init__(f"{code.name}{reason}: {message}")
        self.code = code
        self.message = message
        self.reason = details.reason
        self.metadata = dict(details.metadata or {})
        self.fields = details.fields
        self.retry_delay = details.retry_delay
        self.incident_id = details.incident_id
        self.request_id = request_id


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
    """The server or what it needs cannot be reached. A mutation may have happened."""


class DeadlineExceededError(ReverieError):
    """Out of time, perhaps because nobody serves at that address. A mutation may have happened."""


class UnimplementedError(ReverieError):
    """This server does not have the method: it is older than this client, or something else."""


class InternalError(ReverieError):
    """A defect of the server; ``incident_id`` is what to report."""


_CLASSES: Final[Mapping[grpc.StatusCode, type[ReverieError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.ABORTED: StaleEtagError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDeniedError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    # By the server, which shuts down: who cancels a call itself gets asyncio's CancelledError.
    grpc.StatusCode.CANCELLED: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
    grpc.StatusCode.INTERNAL: InternalError,
}


def error_of(failure: grpc.RpcError, message: str, *, request_id: str = "") -> ReverieError:
    """The typed error of a failed call. Codes without a class of their own are ReverieError."""
    code = failure.code()
    kind = _CLASSES.get(code, ReverieError)
    return kind(code, message, _details(failure), request_id=request_id)


def _details(failure: grpc.RpcError) -> ErrorDetails:
    reason, metadata, fields, retry_delay, incident_id = "", {}, [], None, ""
    for detail in _packed(failure):
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            if info.domain == _DOMAIN:
                reason, metadata = info.reason, dict(info.metadata)
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
    return ErrorDetails(reason, metadata, tuple(fields), retry_delay, incident_id)


def _packed(failure: grpc.RpcError) -> list[Any]:
    """The details as ``google.protobuf.Any``; none from what is no server of ours."""
    # Pairs, whatever gRPC's types say.
    metadata: Iterable[Any] = failure.trailing_metadata() or ()
    for key, value in metadata:
        if key == _DETAILS and isinstance(value, bytes):
            try:
                return list(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return []
    return []
