"""Reverie, a memory server for bots: the Python client. ``reverie.blocking`` is the same without an
event loop, and the contract is in ``reverie.v1``; its enums are here as well.
"""

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
from reverie.v1.common_pb2 import (
    MemorySource,
    Tier,
    Visibility,
)
from reverie.v1.episodic_memory_service_pb2 import (
    EpisodeSearchField,
    SummarySource,
)
from reverie.v1.error_reason_pb2 import (
    ErrorReason,
)
from reverie.v1.fact_service_pb2 import (
    EntityKind,
    FactChangeKind,
    FactConflictKind,
    FactOutcome,
    FactScope,
    FactSensitivity,
    UnreadReason,
)
from reverie.v1.operations_service_pb2 import (
    JobState,
)
from reverie.v1.procedural_memory_service_pb2 import (
    ProcedureOutcome,
    ProcedureScope,
)
from reverie.v1.prompt_service_pb2 import (
    DropReason,
    PromptLayout,
    PromptSectionKind,
)
from reverie.v1.relationship_service_pb2 import (
    InteractionQuality,
    RecoveryStage,
    TrustDecline,
)
from reverie.v1.working_memory_service_pb2 import (
    Role,
    SessionState,
    StorylineStatus,
)
from reverie.version import __version__

__all__ = [
    "AlreadyExistsError",
    "DeadlineExceededError",
    "DropReason",
    "EntityKind",
    "EpisodeSearchField",
    "ErrorReason",
    "FactChangeKind",
    "FactConflictKind",
    "FactOutcome",
    "FactScope",
    "FactSensitivity",
    "FailedPreconditionError",
    "FieldError",
    "InteractionQuality",
    "InternalError",
    "InvalidArgumentError",
    "JobState",
    "MemorySource",
    "NotFoundError",
    "PermissionDeniedError",
    "ProcedureOutcome",
    "ProcedureScope",
    "PromptLayout",
    "PromptSectionKind",
    "RecoveryStage",
    "ResourceExhaustedError",
    "Reverie",
    "ReverieError",
    "Role",
    "Session",
    "SessionState",
    "StaleEtagError",
    "StorylineStatus",
    "SummarySource",
    "Tier",
    "TrustDecline",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnreadReason",
    "Visibility",
    "__version__",
]
