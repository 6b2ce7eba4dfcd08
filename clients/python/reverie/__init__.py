"""Reverie, a memory server for bots: the Python client. The contract is in ``reverie.v1``."""

from __future__ import annotations

from reverie.client import Reverie
from reverie.errors import (
    AlreadyExistsError,
    DeadlineExceededError,
    FailedPreconditionError,
    FieldError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ReverieError,
    StaleEtagError,
    UnauthenticatedError,
    UnavailableError,
)
from reverie.session import Session
from reverie.version import __version__

__all__ = [
    "AlreadyExistsError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "FieldError",
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
    "__version__",
]
