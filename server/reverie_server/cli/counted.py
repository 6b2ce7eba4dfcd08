"""Numbers of things, for people."""

from __future__ import annotations


def counted(number: int, thing: str, things: str = "") -> str:
    """``1 user``, ``2,000 users``.

    Args:
        things: more than one of them, where that is not just an s more.
    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
