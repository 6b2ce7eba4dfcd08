"""Which documents a filter keeps, and how large they are: the slow part of a list.

Both parse the whole document, so it is done on threads that nobody else waits for, and in steps:
who no longer wants the list costs the rest of a step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reverie_server.paging import MAX_PAGE_BYTES
from reverie_server.tiers.filters import Filter, matches
from reverie_server.tiers.semantic import json_text
from reverie_server.tiers.semantic.fields import lookup_in
from reverie_server.tiers.semantic.model import Document

_STEP: Final = 1024 * 1024
"""Characters of content that a step takes; a single document may have more."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A document and what a list wants to know of it."""

    document: Document
    matches: bool
    weight: int
    """About the bytes on the wire; 0 when it does not match."""


async def judge(documents: Sequence[Document], condition: Filter | None) -> list[Judged]:
    """In order. Ends early where those that match fill more than a page, with the one that is too
    many as the last."""
    judged: list[Judged] = []
    for step in _steps(documents):
        judged += await asyncio.to_thread(_judge_all, step, condition)
        weights = [each.weight for each in judged if each.matches]
        if len(weights) > 1 and sum(weights) > MAX_PAGE_BYTES:
            break
    return judged


def weight(document: Document) -> int:
    """About the bytes of a document on the wire; ids and times are what the constant allows."""
    content = json_text.wire_bytes(json_text.parse(document.content))
    return content + json_text.wire_bytes(dict(document.metadata)) + 512


def _judge_all(documents: Sequence[Document], condition: Filter | None) -> list[Judged]:
    judged = []
    for document in documents:
        fits = condition is None or matches(condition, lookup_in(document))
        judged.append(Judged(document, fits, weight(document) if fits else 0))
    return judged


def _steps(documents: Sequence[Document]) -> Iterator[list[Document]]:
    step: list[Document] = []
    size = 0
    for document in documents:
        if step and size + len(document.content) > _STEP:
            yield step
            step, size = [], 0
        step.append(document)
        size += len(document.content)
    if step:
        yield step
