"""The form that an endpoint has to answer in, and from such an answer to an Extraction.

An answer is taken whole or not at all: one fact without a source, one unknown field, one confidence
beyond 1, and none of it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from reverie_server.language.fact_extractor import (
    ExtractedFact,
    ExtractedStoryline,
    Extraction,
    MalformedExtraction,
    StorylineStatus,
    Utterance,
)

MOST_FACTS = 200
"""Of one request."""

# No NUL, which no text may hold and which PostgreSQL does not store.
_NO_NUL = r"\A[^\x00]*\Z"
_Name = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z][a-z0-9_]*$")]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Sources = Annotated[list[int], msgspec.Meta(min_length=1, max_length=64)]


class _Fact(msgspec.Struct, forbid_unknown_fields=True):
    statement: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=_NO_NUL)]
    category: _Name
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=_NO_NUL)]
    predicate: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^([a-z][a-z0-9_]*)?$")]
    object: Annotated[str, msgspec.Meta(max_length=1_000, pattern=_NO_NUL)]
    negated: bool
    confidence: _Share
    importance: _Share
    valid_from: Annotated[str, msgspec.Meta(max_length=32)] | None
    sources: _Sources


class _Storyline(msgspec.Struct, forbid_unknown_fields=True):
    topic: Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_NO_NUL)]
    status: StorylineStatus
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=_NO_NUL)]
    sources: _Sources


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    facts: Annotated[list[_Fact], msgspec.Meta(max_length=MOST_FACTS)]
    storylines: Annotated[list[_Storyline], msgspec.Meta(max_length=50)]


_DECODER = msgspec.json.Decoder(_Answer)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """As strict structured output wants it: every field named, none but these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}
_NUMBERS = {"type": "array", "items": {"type": "integer"}}
SCHEMA: dict[str, Any] = _object(
    {
        "facts": {
            "type": "array",
            "items": _object(
                {
                    "statement": _TEXT,
                    "category": _TEXT,
                    "subject": _TEXT,
                    "predicate": _TEXT,
                    "object": _TEXT,
                    "negated": {"type": "boolean"},
                    "confidence": _NUMBER,
                    "importance": _NUMBER,
                    "valid_from": {"type": ["string", "null"]},
                    "sources": _NUMBERS,
                }
            ),
        },
        "storylines": {
            "type": "array",
            "items": _object(
                {
                    "topic": _TEXT,
                    "status": {"type": "string", "enum": ["new", "ongoing", "resolved"]},
                    "summary": _TEXT,
                    "sources": _NUMBERS,
                }
            ),
        },
    }
)
"""JSON schema of the answer; the bounds are checked here, since few endpoints know them."""


def extraction(content: str | None, utterances: Sequence[Utterance]) -> Extraction:
    """What an answer says.

    Args:
        content: the message as it came.
        utterances: those that were sent; sources are their positions.

    Raises:
        MalformedExtraction: it is not JSON of the schema, cites what was not sent, takes a fact
            from nothing that the user said, or names a day that is none.
    """
    try:
        answer = _DECODER.decode(content or "")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # Not chained: the decoder's error may hold words of the answer.
        raise MalformedExtraction(
            "the language endpoint's answer is not JSON of the schema asked for"
        ) from None
    return Extraction(
        tuple(
            ExtractedFact(
                statement=fact.statement,
                category=fact.category,
                subject=fact.subject,
                predicate=fact.predicate,
                object=fact.object,
                negated=fact.negated,
                confidence=fact.confidence,
                importance=fact.importance,
                valid_from=_microseconds(fact.valid_from),
                entry_ids=_cited(fact.sources, utterances),
            )
            for fact in answer.facts
        ),
        tuple(
            ExtractedStoryline(
                each.topic, each.status, each.summary, _cited(each.sources, utterances)
            )
            for each in answer.storylines
        ),
    )


def _cited(sources: Sequence[int], utterances: Sequence[Utterance]) -> tuple[str, ...]:
    if not all(0 <= source < len(utterances) for source in sources):
        raise MalformedExtraction("the language endpoint's answer cites an entry that was not sent")
    if not any(utterances[source].by_user for source in sources):
        raise MalformedExtraction("the language endpoint's answer rests on nothing the user said")
    return tuple(dict.fromkeys(utterances[source].entry_id for source in sources))


def _microseconds(written: str | None) -> int | None:
    """Of an ISO 8601 date or time; one without a zone is UTC."""
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        return int(time.timestamp()) * 1_000_000
    except (ValueError, OverflowError):
        raise MalformedExtraction(
            "the language endpoint's answer holds a time that is none"
        ) from None
