"""Documents as canonical JSON text, the form that is stored, hashed and measured.

Keys are sorted, since the contract's Struct keeps no order; whole numbers are written without a
fraction (``3``, not ``3.0``); there is no white space; text is UTF-8 without needless escapes.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

LARGEST_WHOLE: Final = 2.0**53
"""Up to here every whole number is one that a double can hold, and is written as an integer."""


def canonical(value: Any) -> str:
    """The text of a JSON value; numbers must be finite."""
    return msgspec.json.encode(value, order="sorted").decode()


def number(value: float) -> int | float:
    """A JSON number as it is stored."""
    if not value.is_integer() or abs(value) > LARGEST_WHOLE:
        return value
    # No integer is minus zero.
    return value if value == 0 and math.copysign(1, value) < 0 else int(value)


def parse(text: str) -> Any:
    """The value of a text that ``canonical`` made."""
    return msgspec.json.decode(text)


def wire_bytes(value: Any) -> int:
    """The bytes of this value as a google.protobuf.Value, which can be several times the length
    of its text: a digit takes eleven."""
    if isinstance(value, dict):
        return _framed(
            sum(
                _framed(_framed(len(key.encode())) + _framed(wire_bytes(item)))
                for key, item in value.items()
            )
        )
    if isinstance(value, list):
        return _framed(sum(_framed(wire_bytes(item)) for item in value))
    if isinstance(value, str):
        return _framed(len(value.encode()))
    return _FLAG if value is None or isinstance(value, bool) else _DOUBLE


def _framed(length: int) -> int:
    """With the tag and the length that stand before it."""
    return length + 1 + max(1, (length.bit_length() + 6) // 7)


_FLAG: Final = 2
_DOUBLE: Final = 9
