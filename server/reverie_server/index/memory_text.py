"""What a memory is searched by: its text, from the columns it is stored in.

One definition for the indexer and for recall, so that a memory is found by the same words however
it is searched. This is not what a hit shows; that is the memory as it was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

SEARCHED_CHARACTERS: Final = 16_384
"""Of a long document; what is behind them is stored but not searched."""


def episode_text(summary: str, key_topics: str, decisions: str, action_items: str) -> str:
    """The lists are JSON arrays of strings."""
    lists = (
        msgspec.json.decode(each, type=list[str]) for each in (key_topics, decisions, action_items)
    )
    parts = [summary, *(". ".join(each) for each in lists if each)]
    return "\n".join(part for part in parts if part)[:SEARCHED_CHARACTERS]


def document_text(content: str) -> str:
    """Keys and values of a JSON document in order, without its punctuation."""
    words: list[str] = []
    length = 0
    for word in _words(msgspec.json.decode(content)):
        words.append(word)
        length += len(word) + 1
        if length >= SEARCHED_CHARACTERS:
            break
    return " ".join(words)[:SEARCHED_CHARACTERS]


def fact_text(statement: str) -> str:
    """Its statement says it all."""
    return statement[:SEARCHED_CHARACTERS]


def procedure_text(key: str, description: str, template: str) -> str:
    """The key's parts count as words."""
    name = key.replace("_", " ").replace(".", " ").replace("-", " ")
    return "\n".join(part for part in (name, description, template) if part)[:SEARCHED_CHARACTERS]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key.replace("_", " ")
            yield from _words(item)
            yield "."
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif value is not None:
        yield str(value)
