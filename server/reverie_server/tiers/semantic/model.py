"""JSON documents with ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reverie_server.paging import Cursor
from reverie_server.scope import Visibility
from reverie_server.tiers.filters import Filter


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document as the caller gives it."""

    content: str
    """Canonical JSON (``json_text``) of an object."""
    metadata: Mapping[str, str]
    visibility: Visibility | None
    """None: as it was, and for a new one by the workspace's sharing mode."""
    embedding: tuple[float, ...]
    """Only with the `client` embedder; empty otherwise."""
    remember_again: bool = False
    """Also if the user had it forgotten."""


@dataclass(frozen=True, slots=True)
class VersionStamp:
    """What the server adds to a draft that it stores. Times are microseconds, UTC."""

    document_id: str
    persona_id: str
    """The persona that stored this version."""
    visibility: Visibility
    version: int
    """From 1, without gaps."""
    revision: int
    """The owner's revision that this version was stored at: never that of another one, not even
    of a document that was deleted and stored again. The etag stands for it."""
    create_time: int
    """Of the first version."""
    update_time: int
    """Of this one."""


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a document."""

    user_id: str
    """Whose; ``SHARED_OWNER``: the workspace's."""
    stamp: VersionStamp
    content: str
    """Canonical JSON."""
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DocumentHit:
    """A document that a search found."""

    document: Document
    score: float
    """Absolute, 0..1."""
    score_parts: Mapping[str, float]
    """Only with explain."""


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """What to look for in documents."""

    text: str
    vector: tuple[float, ...]
    """Empty: none."""
    filter: Filter | None
    min_score: float
    min_revision: int
    explain: bool
    include_workspace: bool
    """Also the workspace's own documents."""


@dataclass(frozen=True, slots=True)
class DocumentHits:
    """A page of a search's answer."""

    hits: tuple[DocumentHit, ...]
    next: Cursor | None
    degraded: bool
    """From SQL, because the index could not be used."""
    revision: int
    """The owner's, that the answer is as of."""
