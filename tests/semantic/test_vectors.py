"""Documents on a server whose callers bring the vectors."""

from __future__ import annotations

import numpy as np
import pytest

from reverie_server.errors import InvalidArgument
from reverie_server.index.memories import memories
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.tiers.semantic.model import Document, DocumentDraft
from tests.semantic.conftest import VECTORS, Documents


async def put(documents: Documents, embedding: tuple[float, ...]) -> Document:
    return await documents.client_vectors.put(
        "acme", "ann", "brad", "home", DocumentDraft("{}", {}, None, embedding), None, None
    )


async def test_a_supplied_vector_is_the_index_s(documents: Documents) -> None:
    for embedding, unit in [((3.0, 0.0, 4.0), (0.6, 0.0, 0.8)), ((0.0,) * 3, (0.0,) * 3)]:
        documents.clock.advance(1)
        await put(documents, embedding)
        (found,) = await documents.db.read(
            lambda snapshot: memories(
                snapshot, Owner("acme", "ann"), Kind.DOCUMENT, ["home"], VECTORS.name
            )
        )
        assert found.vector is not None
        np.testing.assert_allclose(found.vector, unit, rtol=1e-6)


@pytest.mark.parametrize(
    ("embedding", "reason"), [((), "FIELD_REQUIRED"), ((1.0, 2.0), "INVALID_FIELD")]
)
async def test_a_vector_must_come_and_fit(
    documents: Documents, embedding: tuple[float, ...], reason: str
) -> None:
    with pytest.raises(InvalidArgument) as failure:
        await put(documents, embedding)
    assert failure.value.reason == reason
    assert failure.value.fields[0].field == "embedding"
