"""Vectors between bytes, the engine's forms, and their checksum."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Mapping
from typing import TypeAlias

import qdrant_edge as edge

from reverie_server.index.edge_frames import SparseFrame

Vector: TypeAlias = "list[float] | edge.SparseVector"


def floats(data: bytes) -> list[float]:
    """Little-endian float32 as Python floats (the engine takes nothing faster)."""
    values = array("f")
    values.frombytes(data)
    return values.tolist()


def sparse(frame: SparseFrame) -> edge.SparseVector:
    indices = array("I")
    indices.frombytes(frame.indices)
    return edge.SparseVector(indices.tolist(), floats(frame.values))


def checksum(vectors: Mapping[str, Vector]) -> int:
    """CRC-32 of a point's vectors, in whatever order the engine gives their parts back."""
    crc = 0
    for name in sorted(vectors):
        vector = vectors[name]
        crc = zlib.crc32(name.encode(), crc)
        if isinstance(vector, list):
            crc = zlib.crc32(array("f", vector).tobytes(), crc)
        else:
            terms = sorted(zip(vector.indices, vector.values, strict=True))
            crc = zlib.crc32(array("I", [index for index, _ in terms]).tobytes(), crc)
            crc = zlib.crc32(array("f", [value for _, value in terms]).tobytes(), crc)
    return crc
