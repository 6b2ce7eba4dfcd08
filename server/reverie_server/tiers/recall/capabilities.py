"""What this server can do, for clients that want to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    version: str
    embedder: str
    embedding_dimension: int
    index: str
    """The engine's name."""
    index_ready: Callable[[], bool]
    """Whether answers are not degraded just now."""
    summarizer: str
    tokenizer: str
    """What token budgets are counted in."""
    languages: tuple[str, ...]
    """BCP 47."""
