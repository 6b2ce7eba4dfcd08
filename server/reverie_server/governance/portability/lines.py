"""The lines of an export: JSON Lines, a header, a record a line, a trailer.

What they hold is written in ``docs/export.md``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from reverie_server.errors import InvalidArgument
from reverie_server.governance.portability.fields import LARGEST, Misfit
from reverie_server.governance.portability.kind import Kind
from reverie_server.governance.portability.kinds import BY_NAME
from reverie_server.scope import SharingMode
from reverie_server.storage.database import Row, Value

FORMAT: Final = 1
"""The version of what ``docs/export.md`` describes."""
LINE_BYTES: Final = 16 * 1024 * 1024
"""The longest line that is read."""
_MODES: Final = {mode.name.lower(): mode for mode in SharingMode}


class Header(msgspec.Struct, frozen=True, kw_only=True, tag="header", tag_field="record"):
    """The first line: what is exported, and as of when."""

    format: int
    user_id: str
    """Empty for a workspace's shared part."""
    revision: int
    """The owner's, of the one state that all records are of."""
    revision_floor: int = 0
    """Of a workspace: above what the users that come later begin."""
    sharing_mode: str
    """The workspace's, in small letters."""
    embedder: str
    """What the embeddings are of, as name/dimension; empty without embeddings."""
    tombstone_key: str
    """Names the key and the owner that the tombstones were hashed with; empty without any."""

    @property
    def mode(self) -> SharingMode:
        return _MODES[self.sharing_mode]


class Trailer(msgspec.Struct, frozen=True, kw_only=True, tag="trailer", tag_field="record"):
    """The last line: that nothing is missing."""

    counts: dict[str, int]
    """Records by kind, of those kinds that there are any of."""
    sha256: str
    """Of all lines between the header and this one, each with its line feed; hexadecimal."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row."""

    kind: Kind
    values: tuple[Value, ...]
    """Of the kind's fields, in their order."""

    def value(self, field: str) -> Value:
        return self.values[self.kind.place(field)]

    def with_value(self, field: str, value: Value) -> Record:
        """The same with another value."""
        at = self.kind.place(field)
        return Record(self.kind, (*self.values[:at], value, *self.values[at + 1 :]))


Line = Header | Record | Trailer

_LINE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_WORD: Final = msgspec.json.Decoder(str)
_ENDS: Final[dict[str, msgspec.json.Decoder[Any]]] = {
    "header": msgspec.json.Decoder(Header),
    "trailer": msgspec.json.Decoder(Trailer),
}


class Tally:
    """Counts and hashes records, as a trailer tells them."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._digest = hashlib.sha256()

    def add(self, kind: Kind, line: bytes) -> None:
        """
        Args:
            line: with its line feed.
        """
        self._counts[kind.name] = self._counts.get(kind.name, 0) + 1
        self._digest.update(line)

    def trailer(self) -> Trailer:
        return Trailer(counts=dict(self._counts), sha256=self._digest.hexdigest())


def record_line(kind: Kind, row: Row) -> bytes:
    """A row's line, with its line feed."""
    line = {"record": kind.name}
    line |= {name: of.to_json(row[name]) for name, of in kind.fields.items()}
    return msgspec.json.encode(line) + b"\n"


def end_line(end: Header | Trailer) -> bytes:
    """A header's or trailer's line, with its line feed."""
    return msgspec.json.encode(end) + b"\n"


def parse(line: bytes, number: int) -> Line:
    """What a line says.

    Args:
        line: with or without its line feed.
        number: its number in the file, from 1, for messages.

    Raises:
        InvalidArgument: it is no line of an export; the line and the field are named.
    """
    if len(line) > LINE_BYTES:
        raise wrong(number, "", f"is longer than {LINE_BYTES} bytes")
    try:
        fields = _LINE.decode(line)
        name = _WORD.decode(fields.pop("record"))
    except (KeyError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise wrong(number, "", "is not a JSON object with a record") from None
    if name in _ENDS:
        return _end(name, line, number)
    kind = BY_NAME.get(name)
    if kind is None:
        raise wrong(number, "record", "is no kind of record that this server knows")
    for field in fields.keys() - kind.fields.keys():
        raise wrong(number, field if field.isidentifier() else "", "is no field of this record")
    values: list[Value] = []
    for field, of in kind.fields.items():
        if field not in fields:
            raise wrong(number, field, f"is missing; it has to be {of.description}")
        try:
            values.append(of.from_json(bytes(fields[field])))
        except Misfit as misfit:
            raise wrong(number, field, f"has to be {misfit}") from None
    return Record(kind, tuple(values))


def _end(name: str, line: bytes, number: int) -> Header | Trailer:
    try:
        end: Header | Trailer = _ENDS[name].decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise wrong(number, "", f"is no {name} of format {FORMAT}") from None
    if isinstance(end, Header):
        if end.format != FORMAT:
            raise wrong(number, "format", f"has to be {FORMAT}, the one that this server knows")
        if end.sharing_mode not in _MODES:
            raise wrong(number, "sharing_mode", f"has to be one of {', '.join(_MODES)}")
        for field in ("revision", "revision_floor"):
            if not 0 <= getattr(end, field) <= LARGEST:
                raise wrong(number, field, "has to be a whole number from 0 up")
    return end


def wrong(number: int, field: str, what: str) -> InvalidArgument:
    """What is wrong with a line. It names no text of it: that is memory."""
    return InvalidArgument.of(f"lines[{number}]" + (f".{field}" if field else ""), what)
