"""What the Edge adapter and its child process say to each other.

A frame is four bytes of length (big-endian) and a msgpack array ``[number, body]``. The child
answers every request under the request's number, and speaks unasked under number 0: once
``Ready`` when it has opened, and at most once ``Suspect`` before it exits.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

import msgspec

from reverie_server.index.encoded import Frame, PointFrame, Search

UNASKED: Final = 0
_LENGTH: Final = struct.Struct(">I")


class Upsert(Frame, tag=1):
    points: list[PointFrame]


class Delete(Frame, tag=2):
    point_ids: list[bytes]


class DeleteSession(Frame, tag=3):
    session: bytes
    kinds: list[int]


class DeleteOwner(Frame, tag=4):
    owner: bytes


class ListPoints(Frame, tag=6):
    owner: bytes
    after: int | None
    limit: int


class Count(Frame, tag=7):
    owner: bytes
    """Empty: everything (no owner's key is empty)."""


class FinishRebuild(Frame, tag=9):
    pass


class Close(Frame, tag=10):
    """Write everything, leave a manifest, and exit."""


class Ready(Frame, tag=20):
    generation: str
    complete: bool
    """False: empty, and to be filled."""
    detail: str
    points: int


class Suspect(Frame, tag=21):
    """The index is not to be trusted any more; the child exits after saying so."""

    detail: str


class Done(Frame, tag=22):
    points: int
    """In the whole index, after the call."""


class Found(Frame, tag=23):
    candidates: msgspec.Raw
    """The port's candidates, encoded: most of a search's answer, decoded by who shows them."""


class Page(Frame, tag=24):
    points: list[tuple[int, str, int, str]]
    """Kind, memory id, revision, content hash."""
    following: int | None


class Counted(Frame, tag=25):
    points: int


class Closed(Frame, tag=26):
    stamp: str | None
    """Names the state that was left on disk; None when it was not complete."""


Call: TypeAlias = (
    Upsert
    | Delete
    | DeleteSession
    | DeleteOwner
    | Search
    | ListPoints
    | Count
    | FinishRebuild
    | Close
)
Answer: TypeAlias = Ready | Suspect | Done | Found | Page | Counted | Closed

_encoder = msgspec.msgpack.Encoder()
_calls = msgspec.msgpack.Decoder(tuple[int, Call])
_answers = msgspec.msgpack.Decoder(tuple[int, Answer])


def encode(number: int, body: Call | Answer) -> bytes:
    """One frame with its length in front."""
    payload = _encoder.encode((number, body))
    return _LENGTH.pack(len(payload)) + payload


def encode_candidates(rows: list[tuple[int, str, int, str, list[float | None]]]) -> Found:
    """Kind, memory id, revision, content hash, and the score for each query."""
    return Found(msgspec.Raw(_encoder.encode(rows)))


def decode_call(payload: bytes) -> tuple[int, Call]:
    return _calls.decode(payload)


def decode_answer(payload: bytes) -> tuple[int, Answer]:
    return _answers.decode(payload)


class FrameBuffer:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The payloads that are complete now, in order."""
        self._bytes += data
        payloads = []
        start = 0
        while len(self._bytes) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._bytes, start)
            end = start + _LENGTH.size + length
            if len(self._bytes) < end:
                break
            payloads.append(bytes(self._bytes[start + _LENGTH.size : end]))
            start = end
        del self._bytes[:start]
        return payloads
