"""Vectors that callers bring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.embedding.client_vectors import ClientVectors
from reverie_server.errors import FailedPrecondition, InvalidArgument


async def test_text_cannot_be_embedded() -> None:
    with pytest.raises(FailedPrecondition, match="send a vector with every text"):
        await ClientVectors(3).embed(["", "hello"])


async def test_no_text_is_zero() -> None:
    assert (await ClientVectors(3).embed(["", " "])).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert (await ClientVectors(3).embed([])).shape == (0, 3)


def test_name_tells_dimension_and_model() -> None:
    assert ClientVectors(3).name == "client-3"
    assert ClientVectors(768, "nomic").name == "client-nomic-768"
    assert ClientVectors(3).dimension == 3
    with pytest.raises(ValueError, match="at least 1"):
        ClientVectors(0)


@pytest.mark.parametrize("wrong", [[], [1.0], [1.0, 2.0, 3.0, 4.0]])
def test_another_dimension_is_refused(wrong: list[float]) -> None:
    with pytest.raises(InvalidArgument, match="3 dimensions") as caught:
        ClientVectors(3).accept("entries[2].embedding", wrong)
    assert [violation.field for violation in caught.value.fields] == ["entries[2].embedding"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(InvalidArgument, match="finite"):
        ClientVectors(3).accept("vector", [0.0, number, 1.0])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_any_finite_vector_becomes_unit_length(numbers: list[float]) -> None:
    vector = ClientVectors(3).accept("vector", numbers)
    assert vector.dtype == np.float32
    expected = 1.0 if any(numbers) else 0.0
    assert np.isclose(np.linalg.norm(vector.astype(np.float64)), expected, atol=1e-6)
    assert float(np.dot(vector, np.sign(numbers))) >= 0
