"""Vectors between bytes, the engine's forms, and their checksum."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import TypeAlias

import qdrant_edge as edge

from reverie_server.index.encoded import PointFrame, SparseFrame

Vector: TypeAlias = "list[float] | edge.SparseVector"


def floats(data: bytes) -> list[float]:
    """Little-endian float32 as Python floats (the engine takes nothing faster)."""
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def sparse(frame: SparseFrame) -> edge.SparseVector:
    indices = struct.unpack(f"<{len(frame.indices) // 4}I", frame.indices)
    return edge.SparseVector(list(indices), floats(frame.values))


def given_checksum(frame: PointFrame) -> int:
    """CRC-32 of a point's vectors as they were handed in."""
    crc = 0
    parts = {name: (data,) for name, data in frame.dense.items()} | {
        name: (each.indices, each.values) for name, each in frame.sparse.items()
    }
    for name in sorted(parts):
        crc = zlib.crc32(name.encode(), crc)
        for part in parts[name]:
            crc = zlib.crc32(part, crc)
    return crc


def stored_checksum(vectors: Mapping[str, Vector]) -> int:
    """The same of what the engine gives back. About 25 us."""
    crc = 0
    for name in sorted(vectors):
        vector = vectors[name]
        crc = zlib.crc32(name.encode(), crc)
        if isinstance(vector, list):
            crc = zlib.crc32(struct.pack(f"<{len(vector)}f", *vector), crc)
        else:
            # Indices are handed in ascending; what order they come back in is not said.
            terms = sorted(zip(vector.indices, vector.values, strict=True))
            crc = zlib.crc32(struct.pack(f"<{len(terms)}I", *(term[0] for term in terms)), crc)
            crc = zlib.crc32(struct.pack(f"<{len(terms)}f", *(term[1] for term in terms)), crc)
    return crc
