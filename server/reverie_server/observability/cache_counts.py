"""How often a cache had what was asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class CacheCounts:
    """Counted in plain numbers, because some caches are asked a thousand times in one call. Two
    threads that count at once may lose one."""

    hits: int = 0
    misses: int = 0
