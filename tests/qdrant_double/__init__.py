"""A Qdrant for tests: a real gRPC server on the client's stubs before the client's own engine.

It stands where a network would be, and nowhere nearer: what Reverie sends goes through sockets, and
is answered, late or not at all.
"""

from tests.qdrant_double.chosen import REAL, RUN, a_qdrant, drop_collections, options_of
from tests.qdrant_double.process import DoubleProcess
from tests.qdrant_double.server import Fault, QdrantDouble

__all__ = [
    "REAL",
    "RUN",
    "DoubleProcess",
    "Fault",
    "QdrantDouble",
    "a_qdrant",
    "drop_collections",
    "options_of",
]
