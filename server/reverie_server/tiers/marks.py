"""What names a memory in a tombstone (``storage/tombstones.py``), for every kind but facts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from reverie_server.index.bm25 import analyze
from reverie_server.storage.tombstones import Mark

_EDGES: Final = " \t\r\n.,;:!?\"'“”‘’()[]"


def text_mark(text: str) -> Mark:
    """A sentence, an entry or an item of a list, whatever its letter case and spaces."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return ("text", plain.strip(_EDGES) or plain)


def text_marks(texts: Iterable[str], *, least_words: int = 1) -> list[Mark]:
    """Of those texts that have so many words to know them by: "How are you?" has none."""
    return [text_mark(each) for each in texts if len(set(analyze(each))) >= least_words]


def memory_mark(memory_id: str) -> Mark:
    """A memory by its id: what a restore brings back."""
    return ("memory", memory_id)


def session_mark(session_id: str) -> Mark:
    """A whole conversation by the id of its session, under which an import brings it back."""
    return ("session", session_id)


def conversation_mark(start_time: int, summary: str, contents: Iterable[str]) -> Mark:
    """A whole conversation by when it began and what was said, whatever its id."""
    return ("conversation", str(start_time), *([*contents] or [summary]))


def document_mark(content: str) -> Mark:
    """A document's canonical JSON."""
    return ("document", content)


def procedure_mark(key: str, template: str) -> Mark:
    """A procedure of a relationship."""
    return ("procedure", key, template)


def storyline_mark(topic_key: str) -> Mark:
    """A storyline by what makes its topic the same."""
    return ("storyline", topic_key)
