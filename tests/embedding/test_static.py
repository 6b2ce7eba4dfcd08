"""The static embedder against the package its table comes from, and against any text."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reverie_server.embedding.static import (
    BATCH_CHARACTERS,
    BATCH_TEXTS,
    StaticEmbedder,
    StaticTokenTable,
    _batches,
)


@cache
def loaded_table() -> StaticTokenTable:
    return StaticTokenTable.load()


@pytest.fixture
def table() -> StaticTokenTable:
    return loaded_table()


@pytest.fixture
def embedder(table: StaticTokenTable) -> StaticEmbedder:
    return StaticEmbedder(table)


TEXTS = [
    "I adopted a cat",
    "we got a kitten from the shelter",
    "The invoice is due on Friday",
    "Grüße, 你好, 🐈",
    "x" * 3_000,
]


async def test_equals_the_packages_own_inference(embedder: StaticEmbedder) -> None:
    before = list(logging.getLogger().handlers)
    wordllama = import_module("wordllama")

    for handler in logging.getLogger().handlers[:]:
        if handler not in before:
            logging.getLogger().removeHandler(handler)
    folder = Path(str(wordllama.__file__)).parent
    own = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
    expected = own.embed(TEXTS, norm=True)
    assert np.allclose(await embedder.embed(TEXTS), expected, atol=1e-5)


def test_loading_imports_no_http_client_and_leaves_logging_alone() -> None:
    program = (
        "import logging, sys\n"
        "from reverie_server.embedding.static import StaticTokenTable\n"
        "StaticTokenTable.load()\n"
        "print(len(logging.getLogger().handlers), logging.getLogger().level,\n"
        "      'wordllama' in sys.modules, 'requests' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", str(logging.WARNING), "False", "False"]


async def test_name_and_dimension(embedder: StaticEmbedder, table: StaticTokenTable) -> None:
    assert embedder.name.startswith("wordllama-l2-256-")
    assert embedder.name == StaticEmbedder(StaticTokenTable.load()).name
    assert embedder.dimension == table.dimension == 256


async def test_another_table_has_another_name(table: StaticTokenTable) -> None:
    other = StaticTokenTable(table._table, table._tokenizer, "0" * 8)
    assert StaticEmbedder(other).name != StaticEmbedder(table).name


async def test_near_meanings_are_nearer(embedder: StaticEmbedder) -> None:
    cat, kitten, invoice = await embedder.embed(TEXTS[:3])
    assert float(cat @ kitten) > float(cat @ invoice) + 0.2


@pytest.mark.parametrize("empty", ["", " ", "\n\t", "\u2003"])
async def test_nothing_to_embed_is_zero_and_never_nan(embedder: StaticEmbedder, empty: str) -> None:
    rows = await embedder.embed([empty, "hello", empty, "a", "b", "c"])
    assert not rows[0].any()
    assert not rows[2].any()
    assert np.allclose(np.linalg.norm(rows[[1, 3, 4, 5]], axis=1), 1, atol=1e-5)
    assert not (await embedder.embed([empty])).any()


async def test_no_texts(embedder: StaticEmbedder) -> None:
    assert (await embedder.embed([])).shape == (0, 256)


async def test_order_is_kept_across_batches(embedder: StaticEmbedder) -> None:
    texts = [f"number {n} of many" * (1 + n % 7) for n in range(BATCH_TEXTS * 2 + 3)]
    together = await embedder.embed(texts)
    for position in (0, BATCH_TEXTS - 1, BATCH_TEXTS, BATCH_TEXTS * 2, len(texts) - 1):
        alone = (await embedder.embed([texts[position]]))[0]
        assert np.allclose(together[position], alone, atol=1e-6)


async def test_a_long_text_is_embedded_whole_off_the_loops_thread(
    embedder: StaticEmbedder, table: StaticTokenTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    embed_now = table.embed_now

    def spy(texts: list[str]) -> object:
        threads.append(threading.current_thread())
        return embed_now(texts)

    monkeypatch.setattr(table, "embed_now", spy)
    words = "a rather long story about a lighthouse keeper and the sea " * 1_100
    (row,) = await embedder.embed([words])
    assert np.isclose(np.linalg.norm(row), 1, atol=1e-4)
    assert threads
    assert threads[0] is not threading.main_thread()
    await embedder.embed(["short"])
    assert threads[-1] is threading.current_thread()


async def test_many_callers_at_once_get_their_own_answers(embedder: StaticEmbedder) -> None:
    groups = [[f"caller {c} says {n}" for n in range(9)] for c in range(12)]
    answers = await asyncio.gather(*(embedder.embed(group) for group in groups))
    for group, answer in zip(groups, answers, strict=True):
        assert np.allclose(answer, await embedder.embed(group), atol=1e-6)


def test_token_table(table: StaticTokenTable) -> None:
    ids, none, same = table.encode(["my sister Anna", "", "my sister Anna"])
    assert ids.dtype == np.int32
    assert len(ids) >= 3
    assert len(none) == 0
    assert np.array_equal(ids, same)
    assert table.count("my sister Anna") == len(ids)
    assert table.count("") == 0
    vectors = table.vectors(ids)
    assert vectors.shape == (len(ids), 256)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert table.vectors(none).shape == (0, 256)


@given(st.lists(st.text(st.characters(codec=None)), max_size=8))
@settings(max_examples=100)
def test_any_text_gives_unit_or_zero_rows(texts: list[str]) -> None:
    embedder = StaticEmbedder(loaded_table())
    rows = asyncio.run(embedder.embed(texts))
    assert rows.shape == (len(texts), 256)
    assert np.isfinite(rows).all()
    for text, row in zip(texts, rows, strict=True):
        expected = 1.0 if text.strip() else 0.0
        assert np.isclose(np.linalg.norm(row), expected, atol=1e-4)


@given(st.lists(st.text(max_size=40).map(lambda text: text * 500), max_size=30))
@settings(max_examples=50)
def test_batches_cover_every_text_once_and_are_bounded(texts: list[str]) -> None:
    batches = list(_batches(texts))
    assert [text for batch in batches for text in texts[batch]] == texts
    for batch in batches:
        lengths = [len(text) for text in texts[batch]]
        assert len(lengths) <= BATCH_TEXTS
        assert len(lengths) == 1 or sum(lengths) <= BATCH_CHARACTERS
