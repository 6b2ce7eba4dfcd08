"""How a Qdrant is reached and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

WriteOrdering = Literal["weak", "medium", "strong"]
ReadConsistency = Literal["majority", "quorum", "all"]

DEFAULT_PORT: Final = 6334
"""Of Qdrant's gRPC."""


@dataclass(frozen=True, slots=True)
class QdrantOptions:
    """docs/settings.md says what each is good for."""

    host: str
    port: int = DEFAULT_PORT
    tls: bool = False
    api_key: str = field(default="", repr=False)
    collection: str = "reverie"
    """How the collection's name begins: each filling has one of its own."""
    search_seconds: float = 2.0
    """Without an answer for so long, a search gives up and its caller goes to SQL."""
    write_seconds: float = 15.0
    """For one change, and for making a collection."""
    shards: int | None = None
    """Of the collection, or of each shard key; None: Qdrant's own choice."""
    replicas: int = 1
    """Copies of each shard."""
    write_replicas: int = 1
    """So many copies must have a change before it counts."""
    write_ordering: WriteOrdering = "medium"
    read_consistency: ReadConsistency | None = None
    """None: any one copy answers."""
    shard_workspaces: tuple[str, ...] = ()
    """Workspaces with shards of their own; empty: no shard keys at all."""
