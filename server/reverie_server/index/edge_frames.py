"""What the Edge adapter and its child process say to each other.

A frame is four bytes of length (big-endian) and a msgpack array ``[number, body]``. The child
answers every request under the request's number, and speaks unasked under number 0: once
``Ready`` when it has opened, and at most once ``Suspect`` before it exits.
"""

from __future__ import annotations

import struct
from typing import Final, TypeAlias

import msgspec

UNASKED: Final = 0
_LENGTH: Final = struct.Struct(">I")


class _Frame(msgspec.Struct, array_like=True, gc=False):
    """Positions, not names, go over the socket."""


class SparseFrame(_Frame):
    """Little-endian uint32 and float32, in step."""

    indices: bytes
    values: bytes


class PointFrame(_Frame):
    """A memory point; its keys are ``schema``'s UUIDs as bytes."""

    point_id: bytes
    owner: bytes
    seen_by: bytes
    learnt_by: bytes
    session: bytes
    """Empty: none."""
    kind: int
    memory_id: str
    event_time: int
    trust: float
    revision: int
    content_hash: str
    dense: dict[str, bytes]
    """Little-endian float32."""
    sparse: dict[str, SparseFrame]


class Upsert(_Frame, tag=1):
    points: list[PointFrame]


class Delete(_Frame, tag=2):
    point_ids: list[bytes]


class DeleteSession(_Frame, tag=3):
    session: bytes
    kinds: list[int]


class DeleteOwner(_Frame, tag=4):
    owner: bytes


class QueryFrame(_Frame):
    vector_name: str
    limit: int
    dense: bytes | None
    sparse: SparseFrame | None


class Search(_Frame, tag=5):
    owner: bytes
    seen_by: list[bytes]
    """A point with any of these may be read..."""
    learnt_by: bytes
    """...or, when that is empty, one with this."""
    kinds: list[int]
    sessions: list[bytes]
    excluded_sessions: list[bytes]
    event_after: int | None
    event_before: int | None
    min_trust: float
    queries: list[QueryFrame]


class ListPoints(_Frame, tag=6):
    owner: bytes
    after: int | None
    limit: int


class Count(_Frame, tag=7):
    owner: bytes
    """Empty: everything (no owner's key is empty)."""


class FinishRebuild(_Frame, tag=9):
    pass


class Close(_Frame, tag=10):
    """Write everything, leave a manifest, and exit."""


class Ready(_Frame, tag=20):
    generation: str
    complete: bool
    """False: empty, and to be filled."""
    detail: str
    points: int


class Suspect(_Frame, tag=21):
    """The index is not to be trusted any more; the child exits after saying so."""

    detail: str


class Done(_Frame, tag=22):
    points: int
    """In the whole index, after the call."""


class Found(_Frame, tag=23):
    candidates: msgspec.Raw
    """The port's candidates, encoded: most of a search's answer, decoded by who shows them."""


class Page(_Frame, tag=24):
    points: list[tuple[int, str, int, str]]
    """Kind, memory id, revision, content hash."""
    following: int | None


class Counted(_Frame, tag=25):
    points: int


class Closed(_Frame, tag=26):
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
