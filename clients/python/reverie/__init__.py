"""Reverie, a memory server for bots: the Python client. The contract is in ``reverie.v1``."""

from __future__ import annotations

from reverie.client import Reverie
from reverie.errors import (
    AlreadyExistsError,
    DeadlineExceededError,
    FailedPreconditionError,
    FieldError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ReverieError,
    StaleEtagError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)
from reverie.session import Session
from reverie.version import __version__

__all__ = [
    "AlreadyExistsError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "FieldError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "Reverie",
    "ReverieError",
    "Session",
    "StaleEtagError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "__version__",
]
