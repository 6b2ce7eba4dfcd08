"""What a field of an exported record may hold, and how it stands in a row and in a line.

In a line a value is JSON that people can read: names for the numbers of enums, ``true`` for a
flag, objects and lists for JSON columns. What a row holds comes back exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import msgspec

from reverie_server.storage.database import Value

ID_BYTES: Final = 128
TEXT_BYTES: Final = 1024 * 1024
"""The longest text that anything stores."""
JSON_BYTES: Final = 8 * 1024 * 1024
VECTOR_NUMBERS: Final = 8_192
FIRST_TIME: Final = -62_135_596_800_000_000
"""The year 1, in microseconds since the epoch; what a Timestamp can hold begins and ends so."""
LAST_TIME: Final = 253_402_300_799_999_999
LARGEST: Final = 2**63 - 1

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
FLOAT_BYTES: Final = 4


class Misfit(Exception):
    """A value is not what its field may hold. The message says what it has to be."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """One sort of value."""

    description: str
    """What it has to be, for people."""
    to_json: Callable[[Any], Any]
    """From a row's value to what msgspec encodes."""
    from_json: Callable[[bytes], Value]
    """From a line's value, as JSON text, to a row's.

    Raises:
        Misfit: it is something else.
    """
    values: tuple[str, ...] = ()
    """The words that it may be, if there is a list of them."""


def _decoder(type_: Any, description: str) -> Callable[[bytes], Any]:
    decoder = msgspec.json.Decoder(type_)

    def decode(text: bytes) -> Any:
        try:
            return decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Misfit(description) from None

    return decode


def _same(value: Any) -> Any:
    return value


def _text(description: str, bytes_: int, *, name: bool = False, empty: bool = True) -> FieldType:
    decode = _decoder(str, description)

    def from_json(text: bytes) -> str:
        value: str = decode(text)
        bad = _CONTROL.search(value) if name else "\x00" in value
        if bad or len(value.encode()) > bytes_ or not (value or empty):
            raise Misfit(description)
        return value

    return FieldType(description, _same, from_json)


def _number(description: str, type_: type, least: float, most: float) -> FieldType:
    decode = _decoder(type_, description)

    def from_json(text: bytes) -> Value:
        value: int | float = decode(text)
        if not least <= value <= most:
            raise Misfit(description)
        return value

    return FieldType(description, _same, from_json)


def optional(of: FieldType) -> FieldType:
    """The same, or null."""

    def from_json(text: bytes) -> Value:
        return None if text == b"null" else of.from_json(text)

    def to_json(value: Any) -> Any:
        return None if value is None else of.to_json(value)

    return FieldType(f"{of.description}, or null", to_json, from_json, of.values)


def choice(of: type[IntEnum]) -> FieldType:
    """One of an enum's names, in small letters; a row has its number."""
    numbers = {each.name.lower(): int(each) for each in of}
    names = {number: name for name, number in numbers.items()}
    description = f"one of {', '.join(f'`{name}`' for name in numbers)}"
    decode = _decoder(str, description)

    def from_json(text: bytes) -> int:
        number = numbers.get(decode(text))
        if number is None:
            raise Misfit(description)
        return number

    return FieldType(description, names.__getitem__, from_json, tuple(numbers))


def json_of(type_: Any, description: str) -> FieldType:
    """A JSON value of a type that msgspec knows; a row has its text, which stays as it is."""
    decode = _decoder(type_, description)

    def from_json(text: bytes) -> str:
        decode(text)
        if len(text) > JSON_BYTES:
            raise Misfit(f"at most {JSON_BYTES} bytes of JSON")
        return text.decode()

    return FieldType(description, lambda text: msgspec.Raw(text.encode()), from_json)


def _flag() -> FieldType:
    decode = _decoder(bool, "true or false")
    return FieldType("true or false", bool, lambda text: int(decode(text)))


def _bytes(description: str, check: Callable[[bytes], bool]) -> FieldType:
    decode = _decoder(bytes, description)

    def from_json(text: bytes) -> bytes:
        value: bytes = decode(text)
        if not check(value):
            raise Misfit(description)
        return value

    return FieldType(description, bytes, from_json)


def _is_vector(value: bytes) -> bool:
    # All ones in the exponent: no finite number.
    return (
        0 < len(value) <= VECTOR_NUMBERS * FLOAT_BYTES
        and len(value) % FLOAT_BYTES == 0
        and not any(
            value[at + 3] & 0x7F == 0x7F and value[at + 2] & 0x80
            for at in range(0, len(value), FLOAT_BYTES)
        )
    )


ID: Final = _text(
    f"an id: 1 to {ID_BYTES} bytes without control characters", ID_BYTES, name=True, empty=False
)
MAYBE_ID: Final = _text(f"an id of at most {ID_BYTES} bytes, or empty", ID_BYTES, name=True)
TEXT: Final = _text(f"a text of at most {TEXT_BYTES} bytes without NUL", TEXT_BYTES)
TIME: Final = _number(
    "microseconds since 1970, UTC, within the years 1 to 9999", int, FIRST_TIME, LAST_TIME
)
MAYBE_TIME: Final = optional(TIME)
COUNT: Final = _number("a whole number from 0 up", int, 0, LARGEST)
NUMBER: Final = _number("a finite number", float, -1.7e308, 1.7e308)
MAYBE_NUMBER: Final = optional(NUMBER)
RATIO: Final = _number("a number from 0 to 1", float, 0, 1)
FLAG: Final = _flag()
TEXTS: Final = json_of(list[str], "a list of texts")
TEXT_BY_NAME: Final = json_of(dict[str, str], "an object of texts")
NUMBER_BY_NAME: Final = json_of(dict[str, float], "an object of numbers")
COUNT_BY_NAME: Final = json_of(dict[str, int], "an object of whole numbers")
DOCUMENT: Final = json_of(dict[str, Any], "a JSON object")
VECTOR: Final = _bytes("little-endian float32 numbers in base64", _is_vector)
MAYBE_BYTES: Final = optional(_bytes("bytes in base64", lambda _: True))
