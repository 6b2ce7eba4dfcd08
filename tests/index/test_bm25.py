"""Words to weights."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.index import bm25

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   \n\t", []),
        ("The and of, not me!", []),
        ("Running runs RUN", ["run", "run", "run"]),
        ("I'll visit Rosalind's cafe; don't worry", ["visit", "rosalind", "cafe", "worri"]),
        ("Caf\u00e9 CAFE\u0301", ["cafe", "cafe"]),
        ("Rosalind\u2019s", ["rosalind"]),
        ("on 7 May 2023", ["7", "may", "2023"]),
        ("snake_case e-mail", ["snake", "case", "e", "mail"]),
        ("\u6771\u4eac\u306b", ["\u6771\u4eac", "\u4eac\u306b"]),
        ("\u732b", ["\u732b"]),
        ("my\u732bcat", ["\u732b", "cat"]),
        ("\u0928\u092e\u0938\u094d\u0924\u0947", ["\u0928\u092e\u0938\u094d\u0924\u0947"]),
        ("\u041c\u041e\u0421\u041a\u0412\u0410", ["\u043c\u043e\u0441\u043a\u0432\u0430"]),
        ("\ufb01ne", ["fine"]),
        ("feeling ill", ["feel", "ill"]),
    ],
)
def test_terms_of_a_text(text: str, terms: list[str]) -> None:
    assert bm25.analyze(text) == terms


def test_a_blob_makes_one_short_term() -> None:
    (term,) = bm25.analyze("x" * 10_000)
    assert len(term) <= bm25.LONGEST_TERM


def test_term_ids_are_the_same_in_another_process() -> None:
    code = "from reverie_server.index.bm25 import term_id; print(term_id('caf\\u00e9'))"
    path = ":".join(sys.path)
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(told.stdout) == bm25.term_id("caf\u00e9")


def test_weights_follow_the_formula() -> None:
    weights = bm25.weights(["cat", "cat", "dog"])
    norm = bm25.K1 * (1 - bm25.B + bm25.B * 3 / bm25.AVERAGE_LENGTH)
    assert weights["cat"] == pytest.approx(2 * (bm25.K1 + 1) / (2 + norm))
    assert weights["dog"] == pytest.approx((bm25.K1 + 1) / (1 + norm))


def test_a_longer_text_says_less_with_each_word() -> None:
    short = bm25.weights(["cat"])["cat"]
    long = bm25.weights(["cat", *[f"w{i}" for i in range(50)]])["cat"]
    assert long < short


def test_a_query_weighs_each_term_once() -> None:
    query = bm25.query_vector("cats and cats and dogs")
    assert set(query.indices.tolist()) == {bm25.term_id("cat"), bm25.term_id("dog")}
    assert query.values.tolist() == [1.0, 1.0]


@given(st.text(max_size=300))
def test_any_text_makes_a_sound_vector(text: str) -> None:
    for vector in (bm25.document_vector(text), bm25.query_vector(text)):
        assert vector.indices.dtype == np.uint32
        assert vector.values.dtype == np.float32
        assert len(vector.indices) == len(vector.values)
        assert np.all(np.diff(vector.indices.astype(np.int64)) > 0)
        assert np.all(vector.values > 0)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=200))
def test_plain_text_is_analysed_alike_beside_other_scripts(text: str) -> None:
    assert bm25.analyze(text + " \u6771")[:-1] == bm25.analyze(text)


def test_the_analysis_of_long_words_is_not_kept() -> None:
    before = bm25._known_terms.cache_info().currsize

    for number in range(50):
        bm25.analyze("x" * 10_000 + str(number))

    assert bm25._known_terms.cache_info().currsize == before
