"""Keys that start with a text, as an interval of their order (by code point, as SQL sorts them)."""

from __future__ import annotations

_LAST = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)


def after_prefix(prefix: str) -> str:
    """The smallest text behind everything that starts with ``prefix``; empty if there is none
    (nothing is behind everything, and behind what starts with the last code point)."""
    kept = prefix.rstrip(chr(_LAST))
    if not kept:
        return ""
    following = ord(kept[-1]) + 1
    if _SURROGATES[0] <= following <= _SURROGATES[1]:
        following = _SURROGATES[1] + 1
    return kept[:-1] + chr(following)
