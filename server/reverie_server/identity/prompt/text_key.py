"""What a text is known by where the text itself is not to stay."""

from __future__ import annotations

Key = tuple[int, int]


def key_of(text: str) -> Key:
    """Python's own hash of it, keyed anew in every process, and its length. Far quicker than a
    cryptographic one, and that some two of 65,536 texts share it has a chance of about 1 in 10
    thousand million. Never to be stored."""
    return hash(text), len(text)
