"""Versioned named templates of behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from reverie_server.paging import Cursor
from reverie_server.scope import SHARED_OWNER

NOBODY: Final = ""
"""The persona of a procedure that belongs to the workspace."""


class Scope(IntEnum):
    """Whom a procedure belongs to; the higher, the nearer. The same as
    ``reverie.v1.ProcedureScope``."""

    WORKSPACE = 1
    PERSONA = 2
    RELATIONSHIP = 3


class Outcome(IntEnum):
    """How a use turned out; the same as ``reverie.v1.ProcedureOutcome``."""

    SUCCESS = 1
    FAILURE = 2
    NEUTRAL = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where procedures are kept, as ids: a user with a persona is a relationship."""

    workspace_id: str
    user_id: str
    """``SHARED_OWNER``: the persona's or the workspace's."""
    persona_id: str
    """``NOBODY``: the workspace's."""

    @property
    def scope(self) -> Scope:
        if self.user_id != SHARED_OWNER:
            return Scope.RELATIONSHIP
        return Scope.PERSONA if self.persona_id != NOBODY else Scope.WORKSPACE


@dataclass(frozen=True, slots=True)
class ProcedureDraft:
    """A procedure as the caller gives it."""

    template: str
    description: str
    metadata: Mapping[str, str]
    remember_again: bool = False
    """Also if the user had it forgotten."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How the uses of one version turned out."""

    success: int = 0
    failure: int = 0
    neutral: int = 0


@dataclass(frozen=True, slots=True)
class VersionStamp:
    """What the server adds to a draft that it stores. Times are microseconds, UTC."""

    memory_id: str
    """Stays the same for all versions."""
    version: int
    """From 1, without gaps."""
    revision: int
    """The owner's revision that this version was stored at: never that of another one, not even
    of a procedure that was deleted and stored again. The etag stands for it."""
    create_time: int
    """Of the first version."""
    update_time: int
    """Of this one."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One version of a procedure."""

    place: Place
    key: str
    stamp: VersionStamp
    draft: ProcedureDraft
    counts: Counts = Counts()


@dataclass(frozen=True, slots=True)
class CountedOutcome:
    """What an outcome has changed."""

    place: Place
    version: int
    counts: Counts
    revision: int
    """Of the owner that was asked for: with this change, when the procedure is that owner's."""


@dataclass(frozen=True, slots=True)
class ProcedureHit:
    """A procedure that a search found."""

    procedure: Procedure
    score: float
    """Absolute, 0..1."""
    score_parts: Mapping[str, float]
    """Only with explain."""


@dataclass(frozen=True, slots=True)
class ProcedureQuery:
    """What to look for in procedures."""

    text: str
    vector: tuple[float, ...]
    """Empty: none."""
    min_score: float
    min_revision: int
    explain: bool


@dataclass(frozen=True, slots=True)
class ProcedureHits:
    """A page of a search's answer."""

    hits: tuple[ProcedureHit, ...]
    next: Cursor | None
    degraded: bool
    """From SQL, because the index could not be used."""
    revision: int
    """The owner's, that the answer is as of."""
