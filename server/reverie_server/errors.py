"""Domain errors: what can go wrong, under which reason, with which canonical code.

    ReverieError
    |-- InvalidArgument        INVALID_ARGUMENT      (names the fields)
    |-- NotFound               NOT_FOUND             (also for what belongs to somebody else)
    |-- AlreadyExists          ALREADY_EXISTS
    |-- FailedPrecondition     FAILED_PRECONDITION
    |-- Aborted                ABORTED               (a stale etag)
    |-- Unauthenticated        UNAUTHENTICATED
    |-- PermissionDenied       PERMISSION_DENIED
    |-- ResourceExhausted      RESOURCE_EXHAUSTED    (says when to retry)
    |-- Unavailable            UNAVAILABLE           (says when to retry)
    |-- DeadlineExceeded       DEADLINE_EXCEEDED
    `-- Unimplemented          UNIMPLEMENTED

Rooms raise these; only ``rpc/`` knows how they travel. ``reason`` is the name of a value of
``reverie.v1.ErrorReason`` without its prefix; a test holds the two together. Messages are
written for the caller: they never hold memory text, secrets or another error's text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final


class Code(IntEnum):
    """The canonical status codes that Reverie answers with (numbers as in google.rpc.Code)."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of a request that is not as it must be."""

    field: str
    """Path in the request, e.g. ``entries[3].content``."""
    description: str


NEVER: Final = math.inf
"""As ``retry_after_seconds``: it is no use to try again."""


class ReverieError(Exception):
    """Anything that is reported to the caller."""

    code: ClassVar[Code]
    default_reason: ClassVar[str]

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        fields: Sequence[FieldViolation] = (),
        retry_after_seconds: float | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.fields = tuple(fields)
        self.retry_after_seconds = retry_after_seconds
        self.metadata = metadata or {}


class InvalidArgument(ReverieError):
    code = Code.INVALID_ARGUMENT
    default_reason = "INVALID_FIELD"

    @classmethod
    def of(cls, field: str, description: str, *, reason: str | None = None) -> InvalidArgument:
        """The common case: one field is wrong."""
        return cls(
            f"{field}: {description}", reason=reason, fields=[FieldViolation(field, description)]
        )


class NotFound(ReverieError):
    code = Code.NOT_FOUND
    default_reason = "RESOURCE_NOT_FOUND"

    @classmethod
    def of(cls, kind: str, name: str) -> NotFound:
        return cls(f"no {kind} {name!r}", metadata={"resource": kind})


class AlreadyExists(ReverieError):
    code = Code.ALREADY_EXISTS
    default_reason = "RESOURCE_EXISTS"


class FailedPrecondition(ReverieError):
    code = Code.FAILED_PRECONDITION
    default_reason = "WRONG_STATE"


class Aborted(ReverieError):
    code = Code.ABORTED
    default_reason = "STALE_ETAG"


class Unauthenticated(ReverieError):
    code = Code.UNAUTHENTICATED
    default_reason = "CREDENTIALS_INVALID"


class PermissionDenied(ReverieError):
    code = Code.PERMISSION_DENIED
    default_reason = "PERMISSION_MISSING"


class ResourceExhausted(ReverieError):
    code = Code.RESOURCE_EXHAUSTED
    default_reason = "OVERLOADED"


class Unavailable(ReverieError):
    code = Code.UNAVAILABLE
    default_reason = "STORAGE_UNAVAILABLE"


class DeadlineExceeded(ReverieError):
    code = Code.DEADLINE_EXCEEDED
    default_reason = "DEADLINE_PASSED"


class Unimplemented(ReverieError):
    code = Code.UNIMPLEMENTED
    default_reason = "METHOD_UNKNOWN"
